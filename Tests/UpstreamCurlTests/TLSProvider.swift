import EventLoop
import Foundation
import TestSupport

/// TLS servers with certificates of a self-made authority, by a small Python program. Each answers a POST with the body it
/// has got; the path says how it ends the connection.
final class TLSProvider {
  /// The authority's certificate.
  let authorities: String
  /// Ports by certificate: right, wrong name, expired, of nobody.
  private(set) var ports: [String: Int] = [:]
  private let folder: URL
  private let process = Process()

  /// Starts them.
  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "tls-\(getpid())-\(UInt64.random(in: 0...(.max)))")
    authorities = folder.appendingPathComponent("ca.pem").path
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let program = folder.appendingPathComponent("server.py")
    try TLSProvider.program.write(to: program, atomically: true, encoding: .utf8)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", program.path, folder.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var text = ""
    while !text.hasSuffix("\n") {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { break }
      text += String(decoding: data, as: UTF8.self)
    }
    for pair in text.split(whereSeparator: \.isWhitespace) {
      let parts = pair.split(separator: "=")
      ports[String(parts[0])] = Int(parts[1])
    }
  }

  /// Ends them.
  func stop() {
    // The test runner's threads block signals, and their children inherit that: only this one always arrives.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  private static let program = #"""
    import os, socket, ssl, subprocess, sys, threading
    folder = sys.argv[1]
    os.chdir(folder)
    def run(*arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    def key(name):
        run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key")
    with open("ca.cnf", "w") as file:
        file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n"
                   "policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
    open("index", "w").close()
    with open("serial", "w") as file:
        file.write("01\n")
    for name in ("ca", "nobody"):
        key(name)
        run("req", "-x509", "-new", "-key", name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name, "-days", "2",
            "-addext", "basicConstraints=critical,CA:TRUE")
    def certificate(name, alternative, authority="ca", dates=()):
        key(name)
        run("req", "-new", "-key", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
        with open(name + ".ext", "w") as file:
            file.write("subjectAltName=" + alternative + "\n")
        run("ca", "-batch", "-config", "ca.cnf", "-in", name + ".csr", "-out", name + ".pem", "-cert", authority + ".pem",
            "-keyfile", authority + ".key", "-extfile", name + ".ext", *(dates or ("-days", "2")))
    certificate("right", "IP:127.0.0.1")
    certificate("wrong", "DNS:other.example")
    certificate("expired", "IP:127.0.0.1", dates=("-startdate", "200101000000Z", "-enddate", "200102000000Z"))
    certificate("untrusted", "IP:127.0.0.1", authority="nobody")
    def serve(connection, context):
        try:
            connection = context.wrap_socket(connection, server_side=True)
            while True:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    byte = connection.recv(1)
                    if not byte:
                        return
                    head += byte
                path = head.split()[1].decode()
                length = 0
                for line in head.split(b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line[15:])
                body = b""
                while len(body) < length:
                    body += connection.recv(65536)
                if path == "/echo":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body)
                    continue
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + body)
                if path == "/close":
                    connection.unwrap()
                connection.close()
                return
        except OSError:
            pass
    ports = []
    for name in ("right", "wrong", "expired", "untrusted", "old"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if name == "old":
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.load_cert_chain(("right" if name == "old" else name) + ".pem", ("right" if name == "old" else name) + ".key")
        listener = socket.create_server(("127.0.0.1", 0))
        ports.append("%s=%d" % (name, listener.getsockname()[1]))
        def accept(listener=listener, context=context):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection, context), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
    print(*ports, flush=True)
    threading.Event().wait()
    """#
}
