"""Which inbox is asked: the insured region's, as the registry routes it when a request is first forwarded (design §2).

The choice is stored in the request's row (pinned) until the request is closed; a route that the registry changes in
between concerns later requests only.
"""

from collections.abc import Iterable

from yidi.contract import topics
from yidi.domain.faults import Refusal, Stage
from yidi.platform.reference import Region


class Routes:
    """The planned inboxes and their topics; an inbox that is not planned has no topic and is never written to."""

    def __init__(self, inboxes: Iterable[str]) -> None:
        names = sorted({topics.DEFAULT_INBOX, *inboxes})
        self.agency_requests = {name: topics.agency_requests(name) for name in names}
        self.hospital_results = {name: topics.hospital_results(name) for name in names}
        self.inbox_of_results = {topics.agency_results(name): name for name in names}

    def agency_inbox(self, insured: Region) -> str:
        """The inbox to ask for people of this region; Refusal when the chain has no such inbox."""
        if insured.agency_inbox not in self.agency_requests:
            raise Refusal(
                "REGION_NOT_OPEN",
                f"{insured.admdvs} is routed to inbox {insured.agency_inbox}, which this chain was not started with",
                stage=Stage.ELIGIBILITY,
            )
        return insured.agency_inbox

    def check_hospital(self, inbox: str) -> None:
        """Refusal when a request wants its answer in an inbox that does not exist: nobody could be told."""
        if inbox not in self.hospital_results:
            raise Refusal("FIELD_INVALID", f"hospital_inbox {inbox!r} is none of this chain's inboxes")
