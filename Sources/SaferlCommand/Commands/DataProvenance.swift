import ArgumentParser
import SafeRL

/// `saferl data provenance`.
struct DataProvenance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provenance",
        abstract: "Bind files of data by a chain of hashes, and refuse those that nobody allowed.",
        discussion: """
            Each link is the SHA-256 of the link before it and of its file: who knows the last one knows whether any file was \
            changed, added, removed or moved. With --allow, a file whose SHA-256 the list does not have ends the command with \
            65; "saferl train --allow known.txt" asks the same of what a run is trained on:

              sha256sum data.hdf5 > known.txt
              saferl train my.json --allow known.txt
            """)

    @Argument(help: ArgumentHelp("Files, in order.", valueName: "file")) var files: [String]
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "A list of the SHA-256 that are allowed, one a line, as sha256sum writes them.", valueName: "list"
        ))
    var allow: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let provenance = try FileProvenance(files)
        if let allow { try provenance.check(allowedBy: allow) }
        try Output.write(json ? provenance.json.pretty : provenance.text)
    }
}
