import Storage

/// The content of an event file, read to its end or to the first damage.
public struct EventFile: Sendable {
    /// What a record says.
    public struct Reading: Sendable {
        /// Seconds since 1970.
        public internal(set) var wallTime = 0.0
        /// Updates taken.
        public internal(set) var step = 0
        /// The version, in the first record.
        public internal(set) var version: String?
        /// Its values, mostly one.
        public internal(set) var values: [Value] = []
    }

    /// A value of a tag.
    public struct Value: Sendable {
        /// The tag.
        public internal(set) var tag = ""
        /// What shows it, where it says so.
        public internal(set) var plugin: String?
        /// The number of a scalar, in either form.
        public internal(set) var scalar: Float?
    }

    /// All that is before the damage.
    public let records: [Reading]
    /// The first byte that belongs to no sound record, and what is wrong there; nothing in a file that is whole.
    public let damage: (offset: Int, reason: String)?

    /// Longer messages than any that saferl writes.
    private static let mostBytes = 1 << 30

    /// Reads a file's bytes.
    public init(_ bytes: [UInt8]) {
        var (records, place) = ([Reading](), 0)
        var damage: (Int, String)?
        while place < bytes.count, damage == nil {
            switch Self.payload(bytes[place...]) {
            case .failure(let fault): damage = (place, fault.reason)
            case .success(let payload):
                guard let reading = Self.reading(payload) else {
                    damage = (place, "the message is none of an event")
                    continue
                }
                records.append(reading)
                place = payload.endIndex + 4
            }
        }
        (self.records, self.damage) = (records, damage)
    }

    private struct Damage: Fault {
        let reason: String
        var kind: FaultKind { .badData }
        var description: String { reason }
    }

    private static func payload(_ bytes: ArraySlice<UInt8>) -> Result<ArraySlice<UInt8>, Damage> {
        let cut = Damage(reason: "the record is cut short")
        guard bytes.count >= 12 else { return .failure(cut) }
        let head = bytes.prefix(8)
        guard readLittleEndian(bytes.dropFirst(8).prefix(4)) == RecordChecksum.masked(head) else {
            return .failure(Damage(reason: "the length does not meet its checksum"))
        }
        let length: UInt64 = readLittleEndian(head)
        guard length <= UInt64(mostBytes), bytes.count >= 16 + Int(length) else {
            return .failure(cut)
        }
        let payload = bytes.dropFirst(12).prefix(Int(length))
        guard readLittleEndian(bytes[payload.endIndex...].prefix(4)) == RecordChecksum.masked(payload) else {
            return .failure(Damage(reason: "the message does not meet its checksum"))
        }
        return .success(payload)
    }

    // MARK: Messages

    private static func reading(_ payload: ArraySlice<UInt8>) -> Reading? {
        var reading = Reading()
        let isSound = walk(payload) { field, content in
            switch (field, content) {
            case (1, .bits64(let bits)): reading.wallTime = Double(bitPattern: bits)
            case (2, .varint(let step)): reading.step = Int(Int64(bitPattern: step))
            case (3, .delimited(let text)): reading.version = String(decoding: text, as: UTF8.self)
            case (5, .delimited(let summary)):
                return walk(summary) { field, content in
                    guard field == 1, case .delimited(let bytes) = content else { return true }
                    guard let value = value(bytes) else { return false }
                    reading.values.append(value)
                    return true
                }
            default: break
            }
            return true
        }
        return isSound ? reading : nil
    }

    private static func value(_ bytes: ArraySlice<UInt8>) -> Value? {
        var value = Value()
        let isSound = walk(bytes) { field, content in
            switch (field, content) {
            case (1, .delimited(let text)): value.tag = String(decoding: text, as: UTF8.self)
            case (2, .bits32(let bits)): value.scalar = Float(bitPattern: bits)
            case (8, .delimited(let tensor)):
                return walk(tensor) { field, content in
                    if field == 5, case .delimited(let numbers) = content, numbers.count == 4 {
                        value.scalar = Float(bitPattern: readLittleEndian(numbers))
                    }
                    return true
                }
            case (9, .delimited(let metadata)):
                return walk(metadata) { field, content in
                    guard field == 1, case .delimited(let data) = content else { return true }
                    return walk(data) { field, content in
                        if field == 1, case .delimited(let text) = content {
                            value.plugin = String(decoding: text, as: UTF8.self)
                        }
                        return true
                    }
                }
            default: break
            }
            return true
        }
        return isSound ? value : nil
    }

    /// Shows every field of a message; false where one is damaged or refused.
    private static func walk(
        _ bytes: ArraySlice<UInt8>, _ see: (UInt64, ProtobufFields.Content) -> Bool
    ) -> Bool {
        var fields = ProtobufFields(bytes)
        while let (field, content) = fields.next() {
            if !see(field, content) { return false }
        }
        return !fields.isDamaged
    }
}
