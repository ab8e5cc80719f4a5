"""A proxy for CONNECT on loopback that ends the TLS itself: three hosts lead to the sandbox, all others are refused.

Usage: proxy.py FOLDER. Reads FOLDER/addresses.json (`hireline sandbox --json`), makes FOLDER/ca.pem, and writes its own address to FOLDER/proxy when
it is ready.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

folder = sys.argv[1]
HOSTS = ("harvest.greenhouse.io", "auth.greenhouse.io", "api.hrflow.ai")


def addresses():
    """The sandbox's, as soon as it has told them."""
    for _ in range(100):
        try:
            with open(os.path.join(folder, "addresses.json"), encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            time.sleep(0.1)
    sys.exit("the sandbox does not tell its addresses")


def backends():
    told = addresses()
    urls = (told["greenhouse"]["base_url"], told["token"]["token_url"], told["hrflow"]["base_url"])
    return {host: (urlsplit(url).hostname, urlsplit(url).port) for host, url in zip(HOSTS, urls)}


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificates():
    """A CA, and one certificate of it for all hosts."""
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(*new, "-x509", "-days", "1", "-subj", "/CN=sandbox CA", "-keyout", "ca.key", "-out", "ca.pem",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl(*new, "-subj", "/CN=sandbox", "-keyout", "host.key", "-out", "host.csr")
    with open(os.path.join(folder, "host.ext"), "w", encoding="utf-8") as file:
        file.write("subjectAltName=" + ",".join(f"DNS:{host}" for host in HOSTS))
    openssl("x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1",
            "-extfile", "host.ext", "-out", "host.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "host.pem"), os.path.join(folder, "host.key"))
    return context


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def head(client):
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(4096)
        if not more:
            return ""
        data += more
    return data.decode("latin-1")


def serve(client, context, to):
    method, _, rest = head(client).partition(" ")
    host = rest.partition(":")[0]
    if method != "CONNECT" or host not in to:
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        client.close()
        return
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    try:
        inner = context.wrap_socket(client, server_side=True)
        backend = socket.create_connection(to[host])
    except OSError:
        client.close()
        return
    threading.Thread(target=pump, args=(backend, inner), daemon=True).start()
    pump(inner, backend)


def main():
    context, to = certificates(), backends()
    listener = socket.create_server(("127.0.0.1", 0))
    with open(os.path.join(folder, "proxy.new"), "w", encoding="utf-8") as file:
        file.write(f"http://127.0.0.1:{listener.getsockname()[1]}")
    os.rename(os.path.join(folder, "proxy.new"), os.path.join(folder, "proxy"))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, context, to), daemon=True).start()


main()
