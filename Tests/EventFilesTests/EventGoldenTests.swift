import EventFiles
import Foundation
import Storage
import TestSupport
import Testing

/// Bytes that TensorBoard's own protocol buffers and checksums gave.
struct EventGolden: Decodable {
    struct Checksum: Decodable { let hex: String; let crc, masked: UInt32 }
    struct Record: Decodable { let name, payload_hex, record_hex: String }
    struct File: Decodable { let name: String; let bytes: Int }
    struct Broken: Decodable {
        let whole, cut_5_bytes, bit_flip_in_byte_60, bit_flip_in_byte_8, bit_flip_in_last_byte: Int
        let first_100_bytes_then_rest: [Int]
    }
    struct Tags: Decodable { let tensors, scalars: [String] }
    let crc32c: [Checksum]
    let events: [Record]
    let file: File
    let tensorboard_tags: Tags
    let tensorboard_reads: [String: [[Double]]]
    let broken: Broken

    static func read() throws -> EventGolden {
        try Golden.decode(EventGolden.self, "assess", "events.json")
    }

    func bytes() throws -> [UInt8] {
        try [UInt8](Data(contentsOf: Golden.directory("assess").appendingPathComponent(file.name)))
    }

    static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { place in
            UInt8(hex.dropFirst(place).prefix(2), radix: 16)
        }
    }

    static func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
}

@Suite struct EventGoldenTests {
    private let golden: EventGolden

    init() throws { golden = try EventGolden.read() }

    private static let start = 1_700_000_000.25

    /// The events of the file, written with what their payloads say.
    private static let events: [Event] = {
        func scalar(_ step: Int, _ bits: UInt32, first: Bool = false) -> Event {
            Event(
                at: start + Double(step), step: step,
                .value(
                    tag: "joint/policy_loss", .scalar(Float(bitPattern: bits.byteSwapped)), isFirst: first))
        }
        func simple(_ time: Double, _ step: Int, _ tag: String, _ value: Float) -> Event {
            Event(at: time, step: step, .value(tag: tag, .simpleValue(value), isFirst: true))
        }
        func record(_ time: Double, _ record: HyperparameterRecord) -> Event {
            Event(at: time, .value(tag: record.tag, .hyperparameters(record), isFirst: true))
        }
        let buckets = [
            Histogram.Bucket(left: -1, right: -0.5, count: 3), .init(left: -0.5, right: 0, count: 10),
            .init(left: 0, right: 0.5, count: 7), .init(left: 0.5, right: 1, count: 2),
        ]
        let temperature = "fisor.feasibilityTemperature"
        return [
            Event(at: start, .version),
            scalar(0, 0x1B7F_C5BF, first: true), scalar(100, 0xDEF6_00BF), scalar(200, 0xE4B7_77BF),
            scalar(300, 0xF5A7_0B3F),
            simple(start + 100, 100, "joint/vh_loss", 0.25), simple(start + 200, 200, "joint/vh_loss", 0),
            simple(start + 300, 300, "joint/bad", .nan), simple(start + 301, 301, "joint/bad", .infinity),
            Event(
                at: start + 5, step: 500,
                .value(tag: "weights/q", .histogram(Histogram(buckets)), isFirst: true)),
            Event(at: start + 6, .value(tag: "config", .text([#"{"algorithm":"fisor"}"#]), isFirst: true)),
            record(
                start + 60,
                .experiment(
                    columns: [
                        HyperparameterColumn(temperature, .interval(0.1...10)),
                        HyperparameterColumn("algorithm", .choices([.text("bc"), .text("fisor")])),
                    ], metrics: [HyperparameterMetric("evaluation/cost_mean", "cost")], created: start)),
            record(
                start + 60,
                .start(
                    values: [
                        ("data.normalise", .flag(true)), ("schedule.steps", .number(20_000)),
                        ("algorithm", .text("fisor")), (temperature, .number(5)),
                    ], group: "run-1", started: start)),
            record(start + 60, .end(.success, ended: start + 60)),
        ]
    }()

    @Test func checksumsAreThoseOfCastagnoli() {
        #expect(golden.crc32c.count == 14)
        for vector in golden.crc32c {
            let bytes = EventGolden.bytes(vector.hex)
            #expect(RecordChecksum.plain(bytes) == vector.crc, "\(vector.hex)")
            #expect(RecordChecksum.masked(bytes) == vector.masked, "\(vector.hex)")
        }
    }

    @Test func everyRecordHasItsBytes() throws {
        try #require(golden.events.count == Self.events.count)
        for (event, stored) in zip(Self.events, golden.events) {
            // Times are read off the stored message, so that every other byte is the writer's own.
            let time: UInt64 = readLittleEndian(EventGolden.bytes(stored.payload_hex)[1..<9])
            let written = Event(at: Double(bitPattern: time), step: event.step, event.content)
            #expect(EventGolden.hex(written.payload) == stored.payload_hex, "\(stored.name)")
            #expect(EventGolden.hex(written.record) == stored.record_hex, "\(stored.name)")
        }
    }

    @Test func theFileIsItsRecords() throws {
        let bytes = try golden.bytes()
        #expect(bytes.count == golden.file.bytes)
        #expect(bytes == golden.events.flatMap { EventGolden.bytes($0.record_hex) })
        let read = EventFile(bytes)
        #expect(read.damage == nil && read.records.count == golden.broken.whole)
        #expect(read.records.first?.version == "brain.Event:2")
        let tags = Set(read.records.flatMap(\.values).map(\.tag))
        #expect(tags == Set(golden.tensorboard_tags.tensors + golden.tensorboard_tags.scalars))
        for (tag, points) in golden.tensorboard_reads {
            let own = read.records.flatMap { record in
                record.values.filter { $0.tag == tag }.compactMap { value in
                    value.scalar.map { [Double(record.step), Double($0)] }
                }
            }
            #expect(own == points)
        }
    }

    @Test func aDamagedFileGivesWhatIsBeforeTheDamageAndItsPlace() throws {
        let bytes = try golden.bytes()
        func flipping(_ place: Int) -> EventFile {
            var changed = bytes
            changed[place] ^= 1
            return EventFile(changed)
        }
        let starts = golden.events.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.record_hex.count / 2) }
        let cases: [(EventFile, Int)] = [
            (EventFile(bytes.dropLast(5)), golden.broken.cut_5_bytes),
            (flipping(60), golden.broken.bit_flip_in_byte_60),
            (flipping(8), golden.broken.bit_flip_in_byte_8),
            (flipping(bytes.count - 1), golden.broken.bit_flip_in_last_byte),
            (EventFile(Array(bytes.prefix(100))), golden.broken.first_100_bytes_then_rest[0]),
        ]
        for (file, records) in cases {
            #expect(file.records.count == records)
            #expect(file.damage?.offset == starts[records])
        }
        for length in bytes.indices {
            let file = EventFile(Array(bytes.prefix(length)))
            #expect((file.damage == nil) == starts.contains(length), "\(length) bytes")
        }
    }

    @Test func histogramsCountEveryFiniteValue() {
        let histogram = Histogram(of: [0, 1, 2, 2, 4, .nan, .infinity] as [Float], in: 4)
        #expect(histogram.buckets.map(\.count) == [1, 1, 2, 1])
        #expect(histogram.buckets.map(\.left) == [0, 1, 2, 3] && histogram.buckets.last?.right == 4)
        #expect(Histogram(of: [3, 3] as [Float]).buckets == [.init(left: 2.5, right: 3.5, count: 2)])
        #expect(Histogram(of: [Float.nan]).buckets == [])
    }
}
