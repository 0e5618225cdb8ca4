"""Seats that programs of others fill for some regions: which inbox is whose, and what is left to the seats here.

A foreign agency is asked, at its inbox, about people insured in its region; a foreign hospital sends the requests of
its region's institutions and hears the answers at its inbox. Its outage leaves all others alone (design §2).
"""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from yidi.contract.records import Region
from yidi.contract.topics import DEFAULT_INBOX


class Foreign(BaseModel, frozen=True):
    """Region (a pooling area's code) → inbox, by seat."""

    agencies: Mapping[str, str] = Field(default_factory=dict)
    hospitals: Mapping[str, str] = Field(default_factory=dict)

    @property
    def inboxes(self) -> tuple[str, ...]:
        """Every inbox of a foreign seat."""
        return tuple(sorted({*self.agencies.values(), *self.hospitals.values()} - {DEFAULT_INBOX}))

    def served(self, service: str, inboxes: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the chain's inboxes that our own seat answers for: the shared one always, the platform's are all."""
        routed = {"agency": self.agencies, "hospital": self.hospitals}.get(service, {})
        foreign = {*routed.values()} - {DEFAULT_INBOX}
        return tuple(inbox for inbox in inboxes if inbox not in foreign)

    def routed(self, region: Region) -> Region:
        """The region as the registry is to publish it: its people's agency and its hospitals where they are."""
        agency = self.agencies.get(region["admdvs"], region["agency_inbox"])
        hospital = self.hospitals.get(region["admdvs"], region["hospital_inbox"])
        return {**region, "agency_inbox": agency, "hospital_inbox": hospital}

    def unknown(self, regions: frozenset[str]) -> list[str]:
        """Codes that are none of these pooling areas."""
        return sorted({*self.agencies, *self.hospitals} - regions)


OURS = Foreign()
"""All seats are ours."""
