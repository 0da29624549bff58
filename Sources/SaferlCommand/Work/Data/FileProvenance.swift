import Availability
import Foundation
import SafeRL

/// Files bound by a chain of hashes, and a list of those that somebody vouched for.
struct FileProvenance {
    private var chain = ProvenanceChain()

    /// Reads files; of a folder all that lie in it, by their names.
    ///
    /// - Throws: `StorageError`.
    init(_ paths: [String]) throws {
        for path in paths {
            let isFolder = fileKind(path, following: true) == .directory
            let inside = isFolder ? try FileManager.default.subpathsOfDirectory(atPath: path).sorted() : []
            let files = inside.map { path + "/" + $0 }.filter { fileKind($0, following: true) == .file }
            for file in isFolder ? files : [path] {
                chain.append(file, sha256: try fileDigest(file).sha256)
            }
        }
    }

    /// Refuses a file whose SHA-256 a list does not have.
    ///
    /// - Parameter list: the file of the list, one SHA-256 a line.
    /// - Throws: `PlacedFault`, `StorageError`.
    func check(allowedBy list: String) throws {
        let text = String(decoding: try fileContents(list, limit: 10_000_000), as: UTF8.self)
        guard let allowed = ProvenanceChain.allowed(text) else {
            throw PlacedFault(
                .badData, at: list,
                "a line begins with no SHA-256. Write one of 64 hexadecimal digits a line, as sha256sum does."
            )
        }
        if let unknown = chain.unknown(among: allowed).first {
            throw PlacedFault(
                .badData, at: unknown.name,
                "SHA-256 \(unknown.sha256) is not in \(oneLine(list)). Leave the file out, or find out where it is from and add it."
            )
        }
    }

    /// The links, for a program.
    var json: JSONValue {
        let links = chain.links.map {
            JSONValue.object([
                ("chain", .text($0.chain)), ("file", .text($0.name)), ("sha256", .text($0.sha256)),
            ])
        }
        return .object([("format", .integer(1)), ("links", .list(links))])
    }

    /// A line a file as sha256sum writes it, and the last link.
    var text: String {
        chain.links.map { "\($0.sha256)  \(oneLine($0.name))\n" }.joined()
            + "chain  \(chain.links.last?.chain ?? "")\n"
    }
}

extension ResolvedRun {
    /// The files that training reads, all of which are in the list that `data.allow` names.
    ///
    /// - Parameters:
    ///   - type: the run's algorithm.
    ///   - earlier: where the data file lay when the run was started.
    /// - Returns: nothing where any file may be learned from.
    /// - Throws: `PlacedFault`, also where there is no such list; `StorageError`.
    func allowedFiles<A: Algorithm>(of type: A.Type, earlier: String?) throws -> FileProvenance? {
        let list = run.data.allow
        if list.isEmpty { return nil }
        guard fileKind(list, following: true) == .file else {
            throw PlacedFault(
                .missingInput, at: list,
                "no such file, and data.allow says that only files in it may be learned from. Name a list by --set data.allow=LIST."
            )
        }
        let files = try FileProvenance(trainingFiles(of: type, earlier: earlier))
        try files.check(allowedBy: list)
        return files
    }

    /// The files and folders that training reads, as the configuration names them.
    ///
    /// - Parameters:
    ///   - type: the run's algorithm.
    ///   - earlier: where the data file lay when the run was started, where its name leads nowhere from here.
    /// - Returns: those that are named.
    func trainingFiles<A: Algorithm>(of type: A.Type, earlier: String?) -> [String] {
        let named = [run.data.file, earlier ?? run.data.file]
        let data = named.first { fileKind($0, following: true) != nil } ?? run.data.file
        let options = resolvedJSON()[A.name]
        let others = A.fileOptions.compactMap { key in
            key.split(separator: ".").reduce(options) { $0?[String($1)] }?.string
        }
        return ([data] + others).filter { !$0.isEmpty }
    }
}
