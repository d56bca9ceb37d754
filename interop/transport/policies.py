"""Serves MTA-STS policies: policies.py PORT CERTIFICATE KEY, with the policy of each host on standard input: HOST MODE MX."""
import http.server
import ssl
import sys

port, certificate, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
policies = {}
for line in sys.stdin:
    host, mode, exchange = line.split()
    policies[host] = f"version: STSv1\r\nmode: {mode}\r\nmx: {exchange}\r\nmax_age: 86400\r\n".encode()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        policy = policies.get(self.headers["Host"].split(":")[0])
        if self.path != "/.well-known/mta-sts.txt" or policy is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(policy)))
        self.end_headers()
        self.wfile.write(policy)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
