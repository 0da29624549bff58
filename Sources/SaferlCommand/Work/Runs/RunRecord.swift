import Assurance
import AssuranceCases
import Foundation
import Glibc
import SafeRL

/// A run directory as it lies there, for lists.
struct RunRecord {
    /// Where a run stands.
    enum State: String, Encodable {
        /// A process has it.
        case training
        /// No process has it, and updates are left.
        case interrupted
        case finished
        /// Finished, and its newest claim by a test is certified.
        case certified
        /// Finished, and its newest test certified nothing.
        case refused
        /// Its manifest or ledger cannot be read.
        case unreadable
    }

    let path: String
    /// Nothing where the manifest cannot be read.
    let run: RunDirectory?
    /// Files as JSON by the names that conditions have for them; what is missing or damaged is not there.
    let documents: [String: JSONValue]
    let state: State
    let tags: [String]
    /// Why the run, or a part of it, cannot be read, one line.
    let fault: String?

    private static let limits = JSONLimits(bytes: 100_000_000)

    /// Looks at a directory that holds a run.
    init(_ path: String) {
        self.path = path
        var (documents, fault) = ([String: JSONValue](), String?.none)
        func read(_ name: String, _ file: String) {
            guard fileKind(file, following: true) == .file else { return }
            guard let bytes = try? fileContents(file, limit: Self.limits.bytes),
                let value = try? JSONValue(parsing: bytes, limits: Self.limits)
            else {
                fault = fault ?? "\(oneLine(file)): cannot be read"
                return
            }
            documents[name] = value
        }
        read("manifest", path + "/manifest.json")
        read("config", path + "/config.resolved.json")
        read("evaluation", path + "/evaluation/report.json")
        let claims = ClaimLedger.folder(of: path)
        read("certificate", claims + "/" + RunEvidence(run: claims).file("certificate-*.json"))
        var (tags, state) = ([String](), State.unreadable)
        let opened = Result { try RunDirectory.inspect(path) }
        run = try? opened.get()
        do {
            tags = try RunTags(of: opened.get()).names
            state = try Self.state(opened.get())
        } catch { fault = fault ?? "\(error)" }
        (self.documents, self.tags, self.state, self.fault) = (documents, tags, state, fault)
    }

    private static func state(_ run: RunDirectory) throws -> State {
        if isHeld(run.path + "/.lock") { return .training }
        guard run.manifest.finished else { return .interrupted }
        let tested = try ClaimLedger.lines(of: run.path).last { $0.author != .evaluate && $0.claim != nil }
        return switch tested?.verdict {
        case "certified": .certified
        case nil: .finished
        default: .refused
        }
    }

    /// Whether a process has the file; the look makes no file and takes no lock that it keeps.
    static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else {
            flock(descriptor, LOCK_UN)
            return false
        }
        return errno == EWOULDBLOCK
    }

    /// A number of a file; nothing where it is not there.
    func number(_ document: String, _ keys: String...) -> Double? {
        keys.reduce(documents[document]) { $0?[$1] }?.number?.double
    }

    /// A text of a file; nothing where it is not there, or empty.
    func text(_ document: String, _ keys: String...) -> String? {
        let text = keys.reduce(documents[document]) { $0?[$1] }?.string
        return text == "" ? nil : text
    }

    /// What the run is about: its environment, else its data.
    var subject: String? {
        text("config", "environment") ?? text("config", "evaluation", "environment")
            ?? text("config", "data", "file").map { ($0 as NSString).lastPathComponent }
    }
}

/// The runs below folders.
struct RunSearch {
    private static let deepest = 32

    /// Finds them, the oldest first, equally old ones by path.
    ///
    /// - Parameter folders: each looked through without following links; a run may be named itself.
    /// - Returns: also runs that cannot be read, which say why.
    /// - Throws: `PlacedFault` for a folder that there is not.
    static func runs(below folders: [String]) throws(PlacedFault) -> [RunRecord] {
        let records = try paths(below: folders).map { RunRecord($0) }
        func key(_ record: RunRecord) -> (String, String) {
            (record.run?.manifest.started ?? "", record.path)
        }
        return records.sorted { key($0) < key($1) }
    }

    /// Their directories, each once.
    ///
    /// - Throws: `PlacedFault` for a folder that there is not.
    static func paths(below folders: [String]) throws(PlacedFault) -> [String] {
        var paths: [String] = []
        for folder in folders {
            guard fileKind(folder, following: true) == .directory else {
                throw PlacedFault(
                    .missingInput, at: folder, "no such folder. Name the one that holds the runs.")
            }
            collect(RunDirectory.withoutTrailingSlash(folder), 0, &paths)
        }
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
    }

    private static func collect(_ folder: String, _ depth: Int, _ paths: inout [String]) {
        if RunDirectory.holdsRun(folder) { return paths.append(folder) }
        guard depth < deepest else { return }
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        where name != RunRemoval.trash && fileKind(folder + "/" + name) == .directory {
            collect(folder == "." ? name : folder + "/" + name, depth + 1, &paths)
        }
    }
}
