import ArgumentParser
import Availability
import SafeRL

/// `saferl data provenance`.
struct DataProvenance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provenance",
        abstract: "Bind files of data by a chain of hashes, and refuse those that nobody allowed.",
        discussion: """
            Each link is the SHA-256 of the link before it and of its file: who knows the last one knows whether any file was \
            changed, added, removed or moved. With --allow, a file whose SHA-256 the list does not have ends the command with \
            65, for example before training:

              saferl data provenance data.hdf5 --allow known.txt && saferl train my.json
            """)

    @Argument(help: ArgumentHelp("Files, in order.", valueName: "file")) var files: [String]
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "A list of the SHA-256 that are allowed, one a line, as sha256sum writes them.", valueName: "list"
        ))
    var allow: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        var chain = ProvenanceChain()
        for file in files { chain.append(file, sha256: try fileDigest(file).sha256) }
        if let allow {
            let text = String(decoding: try fileContents(allow, limit: 10_000_000), as: UTF8.self)
            guard let allowed = ProvenanceChain.allowed(text) else {
                throw PlacedFault(
                    .badData, at: allow,
                    "a line begins with no SHA-256. Write one of 64 hexadecimal digits a line, as sha256sum does."
                )
            }
            if let unknown = chain.unknown(among: allowed).first {
                throw PlacedFault(
                    .badData, at: unknown.name,
                    "SHA-256 \(unknown.sha256) is not in \(oneLine(allow)). Leave the file out, or find out where it is from and add it."
                )
            }
        }
        if json {
            let links = chain.links.map {
                JSONValue.object([
                    ("chain", .text($0.chain)), ("file", .text($0.name)), ("sha256", .text($0.sha256)),
                ])
            }
            return try Output.write(
                JSONValue.object([("format", .integer(1)), ("links", .list(links))]).pretty)
        }
        try Output.write(
            chain.links.map { "\($0.sha256)  \(oneLine($0.name))\n" }.joined()
                + "chain  \(chain.links.last?.chain ?? "")\n")
    }
}
