import Storage

/// One record of an event file.
public struct Event: Sendable {
    /// What a record holds.
    public enum Content: Sendable {
        /// The version of the format, first in every file.
        case version
        /// A value of a tag.
        ///
        /// - Parameter isFirst: whether the file has none of the tag before.
        case value(tag: String, Summary, isFirst: Bool)
    }

    /// Seconds since 1970.
    public let wallTime: Double
    /// Updates taken.
    public let step: Int
    /// What it says.
    public let content: Content

    /// Makes an event.
    public init(at wallTime: Double, step: Int = 0, _ content: Content) {
        (self.wallTime, self.step, self.content) = (wallTime, step, content)
    }

    /// The event as a protocol-buffer message.
    public var payload: [UInt8] {
        ProtobufMessage { event in
            event.double(1, wallTime)
            event.integer(2, step)
            switch content {
            case .version: event.text(3, "brain.Event:2")
            case .value(let tag, let summary, let isFirst):
                event.message(5) { $0.message(1) { summary.write(to: &$0, tag: tag, isFirst: isFirst) } }
            }
        }.bytes
    }

    /// The message as it stands in a file: length, its checksum, message, its checksum.
    public var record: [UInt8] {
        let (payload, length) = (payload, littleEndian(UInt64(payload.count)))
        return length + littleEndian(RecordChecksum.masked(length)) + payload
            + littleEndian(RecordChecksum.masked(payload))
    }
}
