"""The secrets of a target as one process reads them: the headers and the credential that carry them, and what blanks them in texts."""

from collections.abc import Mapping

from locustfiles.target.secret import Redactor, Secret, read_secret
from locustfiles.target.target import ChatService, CheckoutService, Header, SecretSource, Target


class Keyring:
    """Everything secret of one target, read once."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        """Read every secret; SecretError with one sentence when one cannot be read."""
        self._known: dict[SecretSource, Secret] = {}
        for _, source in target.sources:
            self._known[source] = read_secret(source, environ)
        self.redactor = Redactor(self._known.values())

    def headers(self, service: ChatService | CheckoutService) -> dict[str, str]:
        """The headers that every request of a service carries, with Authorization when it has a key."""
        told = {header.name: self._value(header) for header in service.headers}
        if service.key is not None:
            told["Authorization"] = f"Bearer {self._known[service.key].reveal()}"
        return told

    def credential(self, service: CheckoutService) -> str:
        """What pays at a shop; "" = the protocol's usual test token."""
        source = service.payment.secret
        return service.payment.credential if source is None else self._known[source].reveal()

    def _value(self, header: Header) -> str:
        return header.value if header.secret is None else self._known[header.secret].reveal()
