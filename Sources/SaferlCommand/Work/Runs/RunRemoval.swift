import Assurance
import Foundation
import Glibc
import SafeRL

/// What `saferl runs rm` does.
struct RunRemoval {
    /// The folder beside a run that takes what is removed.
    static let trash = ".trash"

    let directories: [String]
    let asks: Bool
    let takesClaimed: Bool
    let emptiesTrash: Bool

    func run() throws {
        if emptiesTrash { return try empty() }
        let runs = try directories.map { try RunDirectory.inspect($0) }
        for run in runs { try check(run) }
        try ask("Move \(runs.count == 1 ? "the run" : "\(runs.count) runs") to \(Self.trash)?")
        for run in runs { try Output.write("\(oneLine(run.path)) -> \(oneLine(try move(run)))") }
    }

    /// Refuses what must stay.
    private func check(_ run: RunDirectory) throws {
        if RunRecord.isHeld(run.path + "/.lock") {
            throw PlacedFault(
                .cannotCreate, at: run.path, "a process trains there. Wait for it, or stop it.")
        }
        if takesClaimed { return }
        let folder = ClaimLedger.folder(of: run.path)
        let hasVerdict = fileKind(run.path + "/verdict.json") != nil
        if hasVerdict || fileKind(folder) != nil {
            throw PlacedFault(
                .usage, at: run.path,
                "holds claims that others may rely on. Add --claimed to remove it all the same.")
        }
    }

    /// Moves a run, under the first free number of its name.
    private func move(_ run: RunDirectory) throws -> String {
        let place = URL(fileURLWithPath: run.path).standardizedFileURL
        let folder = place.deletingLastPathComponent().path + "/" + Self.trash
        let files = SystemFiles()
        try files.makeDirectories(folder)
        let name = place.lastPathComponent
        let free =
            (1...).lazy.map { $0 == 1 ? name : "\(name)-\($0)" }
            .first { fileKind(folder + "/" + $0) == nil } ?? name
        let target = folder + "/" + free
        try files.attempt(run.path, "move") { () throws(SystemFault) in
            try files.rename(place.path, to: target)
        }
        return target
    }

    private func empty() throws {
        let folders = try directories.map { directory in
            let folder = RunDirectory.withoutTrailingSlash(directory) + "/" + Self.trash
            guard fileKind(folder) == .directory else {
                throw PlacedFault(.missingInput, at: folder, "there is none. Name the folder that has it.")
            }
            return folder
        }
        try ask("Remove \(folders.joined(separator: ", ")) for good?")
        for folder in folders {
            try SystemFiles().removeTree(folder)
            try Output.write("removed \(oneLine(folder))")
        }
    }

    /// Asks on a terminal; without one nothing is removed unasked.
    private func ask(_ question: String) throws {
        guard asks else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw PlacedFault(
                .usage, at: "runs rm", "nobody can be asked here. Add --yes to remove without asking.")
        }
        try Output.write(piece: question + " [y/N] ")
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw PlacedFault(.usage, at: "runs rm", "nothing was removed, because the answer was not yes.")
        }
    }
}
