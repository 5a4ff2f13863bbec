"""How this installation reaches replicas in buckets."""

from preservation.adapters.object_stores.s3.options import S3Options
from preservation.settings import Settings


def s3_options(settings: Settings) -> S3Options:
    """How this installation reaches replicas in buckets."""
    return S3Options(
        credentials_file=settings.s3_credentials_file,
        ca_file=settings.s3_ca_file,
        instance_role=settings.s3_instance_role == "yes",
        seconds=float(settings.s3_timeout_seconds),
        lanes=settings.s3_lanes,
    )
