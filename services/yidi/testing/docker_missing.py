"""That there is no Docker, or no image: apart from what needs Docker's client, so that others can name it."""


class DockerMissing(Exception):
    """Docker, or an image, is not here; the text says what to do."""
