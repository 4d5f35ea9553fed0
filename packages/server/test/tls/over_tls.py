"""Sends itself a message over AMQP with TLS, with a certificate of its own: over_tls.py URL CA CERTIFICATE KEY"""

import sys

from proton import Message, SSLDomain
from proton.utils import BlockingConnection

url, ca, certificate, key = sys.argv[1:]
TIMEOUT_S = 20
BODY = 'sealed ' * 10_000

domain = SSLDomain(SSLDomain.MODE_CLIENT)
domain.set_trusted_ca_db(ca)
domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
domain.set_credentials(certificate, key, None)

connection = BlockingConnection(url, timeout=TIMEOUT_S, ssl_domain=domain, allowed_mechs='ANONYMOUS')
connection.create_sender('proton-over-tls').send(Message(body=BODY))
receiver = connection.create_receiver('proton-over-tls', credit=1)
assert receiver.receive().body == BODY
receiver.accept()
connection.close()
