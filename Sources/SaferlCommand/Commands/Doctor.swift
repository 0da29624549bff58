import ArgumentParser
import SafeRL

/// `saferl doctor`.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show versions, matrix kernel, threads, cores, memory and free disk.",
        discussion: "Attach its output to a report of a problem; nothing leaves the machine by itself.")

    @Flag(help: "Print one JSON object instead of text.") var json = false

    func run() throws {
        let facts = MachineFacts.all() + DoctorWork.libraries()
        if json { return try Output.write(JSONValue.object(facts.map { ($0.0, .text($0.1)) }).pretty) }
        try Output.write(aligned(facts))
    }
}
