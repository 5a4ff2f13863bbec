"""Who we are to an S3 server: from the environment, from a file, or from the role of the machine; never from an address.

environment   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN: where neither a file nor a profile is named
file          in the form that AWS's tools read: sections with aws_access_key_id and aws_secret_access_key
role          what the machine's own metadata service hands out; asked only where the settings say so
"""

import configparser
import time

from minio.credentials.credentials import Credentials
from minio.credentials.providers import AWSConfigProvider, EnvAWSProvider, IamAwsProvider, Provider

from preservation.adapters.object_stores.s3.address import S3Address
from preservation.adapters.object_stores.s3.options import S3Options
from preservation.errors import Unavailable

_READ_AGAIN_SECONDS = 300.0


class _Kept(Provider):
    """Credentials read again now and then rather than for each request: they may be replaced while we run."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._found: tuple[Credentials, float] | None = None

    def retrieve(self) -> Credentials:
        now = time.monotonic()
        if self._found is None or now - self._found[1] > _READ_AGAIN_SECONDS:
            self._found = (self._provider.retrieve(), now)
        return self._found[0]


def provider_for(address: S3Address, options: S3Options) -> Provider:
    """Where the credentials for this address come from; asked for anew before they run out."""
    if options.instance_role:
        return IamAwsProvider()
    if options.credentials_file or address.profile:
        return _Kept(AWSConfigProvider(options.credentials_file or None, address.profile or None))
    return _Kept(EnvAWSProvider())


def retrieve(provider: Provider) -> Credentials:
    """The credentials now. Unavailable, without a word of what was found, where there are none."""
    try:
        found = provider.retrieve()
    except (ValueError, OSError, configparser.Error) as error:
        raise Unavailable(f"no credentials for S3 were found ({type(error).__name__})") from None
    if not found.access_key or not found.secret_key:
        raise Unavailable("no credentials for S3 were found")
    return found
