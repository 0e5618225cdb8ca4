"""The hospital: itemised charges become unified categories, and the answer becomes a receipt. 定点医药机构."""
