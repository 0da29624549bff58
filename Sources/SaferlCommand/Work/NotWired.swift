/// A command whose work is not connected yet; delete this with its last use.
struct NotWired: Error, CustomStringConvertible {
    let description: String

    init(_ command: String) { description = "\(command): not connected yet." }
}
