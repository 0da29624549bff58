import Storage

/// Server-sent events as bytes.
enum EventFrame {
    /// How soon a browser asks again when it lost the connection, in milliseconds.
    static let retry = Array("retry: 1000\n\n".utf8)
    /// Says nothing, so that a connection that broke is noticed.
    static let comment = Array(": still here\n\n".utf8)
    /// The file was cut: what was sent before no longer counts.
    static let restart = Array("id: 0\nevent: restart\ndata: {}\n\n".utf8)
    /// The run is no longer there.
    static let gone = Array("event: gone\ndata: {}\n\n".utf8)
    /// The line of the run in the list is another one.
    static let state = Array("event: state\ndata: {}\n\n".utf8)

    /// A line of a run's metrics.
    ///
    /// - Parameters:
    ///   - line: without its line feed.
    ///   - end: bytes of the file up to the end of the line.
    /// - Returns: nil for one that is no JSON object.
    static func metric(_ line: ArraySlice<UInt8>, end: Int) -> [UInt8]? {
        // A carriage return is a blank to JSON, and ends a line of an event.
        guard !line.contains(13), let value = try? JSONValue(parsing: Array(line)), value.members != nil
        else { return nil }
        return Array("id: \(end)\nevent: metric\ndata: ".utf8) + line + [10, 10]
    }
}
