# Says hello over HTTP, on a port that is free.
from http.server import BaseHTTPRequestHandler, HTTPServer


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello\n")


server = HTTPServer(("127.0.0.1", 0), Hello)
print("listening on port", server.server_port)
server.serve_forever()
