import Board
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// What a client hears of a run, without sockets and without a clock.
@Suite struct EventFeedTests {
    /// A feed over a file.
    private final class Heard {
        let folder: TemporaryDirectory
        let runs: StagedRuns
        let run: BoardRun
        let queue = EventQueue()
        private var feed: EventFeed?

        init(behind place: Int = 0, text: String = "") throws {
            folder = try TemporaryDirectory()
            runs = StagedRuns(in: folder)
            run = runs.add("a") { $0.state = "training" }
            try write(text)
            feed = EventFeed(run, behind: place, into: queue) { [runs, run] in runs.current(run) }
        }

        func write(_ text: String) throws { try overwrite(run.metrics, Array(text.utf8)) }

        func tick() -> EventFeed.Next { feed?.tick() ?? .ended }

        /// What comes of some looks, as text.
        func hear(_ looks: Int = 1) -> String {
            var text = ""
            for _ in 0..<looks {
                _ = tick()
                text += String(decoding: queue.taking(), as: UTF8.self)
            }
            return text
        }
    }

    private static func line(_ step: Int) -> String { "{\"step\":\(step),\"stage\":\"s\",\"loss\":0.5}\n" }
    private static func event(_ step: Int, end: Int) -> String {
        "id: \(end)\nevent: metric\ndata: {\"step\":\(step),\"stage\":\"s\",\"loss\":0.5}\n\n"
    }

    @Test func linesAreEventsWithTheirPlace() throws {
        let (one, two) = (Self.line(1), Self.line(2))
        let heard = try Heard(text: one + "\n" + two + "{\"step\":3")
        let size = one.utf8.count
        #expect(
            heard.hear(2) == "retry: 1000\n\n" + Self.event(1, end: size) + Self.event(2, end: 2 * size + 1))
        #expect(heard.hear() == "")
        try heard.write(one + "\n" + two + Self.line(3))
        #expect(heard.hear() == Self.event(3, end: 3 * size + 1))
    }

    @Test func whoKnowsAPartHearsTheRest() throws {
        let text = Self.line(1) + Self.line(2)
        let heard = try Heard(behind: Self.line(1).utf8.count, text: text)
        #expect(heard.hear() == "retry: 1000\n\n" + Self.event(2, end: text.utf8.count))
        let all = try Heard(behind: text.utf8.count, text: text)
        #expect(all.hear(2) == "retry: 1000\n\n")
    }

    @Test(arguments: [1, 5, 1000])
    func aPlaceThatIsNoLinesEndBeginsAnew(_ place: Int) throws {
        let heard = try Heard(behind: place, text: Self.line(1))
        let size = Self.line(1).utf8.count
        #expect(
            heard.hear() == "retry: 1000\n\nid: 0\nevent: restart\ndata: {}\n\n" + Self.event(1, end: size))
    }

    @Test func aFileThatWasCutIsReadAnew() throws {
        let heard = try Heard(text: Self.line(1) + Self.line(2))
        _ = heard.hear(2)
        try heard.write(Self.line(1))
        let size = Self.line(1).utf8.count
        let restart = "id: 0\nevent: restart\ndata: {}\n\n"
        #expect(heard.hear() == restart + Self.event(1, end: size))
        // Cut and grown beyond what was read before: other bytes stand where it was.
        try heard.write(Self.line(7) + Self.line(8) + Self.line(9))
        #expect(heard.hear().hasPrefix(restart + Self.event(7, end: size)))
        try FileManager.default.removeItem(atPath: heard.run.metrics)
        #expect(heard.hear(5) == "")
        try heard.write("")
        #expect(heard.hear(2) == restart)
        try heard.write(Self.line(1))
        #expect(heard.hear() == Self.event(1, end: size))
    }

    @Test func onlyWhatIsAnObjectAndALineIsSent() throws {
        let (bad, good) = (["[1]", "text", "{\"a\":\r1}", "{\"a\":", "\u{0}"], Self.line(4))
        let text = bad.joined(separator: "\n") + "\n" + good
        let heard = try Heard(text: text)
        #expect(heard.hear(2) == "retry: 1000\n\n" + Self.event(4, end: text.utf8.count))
        let hostile = "{\"step\":1,\"stage\":\"</script>\\nevent: gone\",\"id: 7\":1}\n"
        let other = try Heard(text: hostile)
        #expect(other.hear().hasSuffix("data: \(hostile)\n"))
    }

    @Test func aLongFileAndALongLineComeInPieces() throws {
        let long = "{\"step\":0,\"stage\":\"" + String(repeating: "x", count: 200_000) + "\"}\n"
        let text = long + (1...3000).map { Self.line($0) }.joined()
        let heard = try Heard(text: text)
        var (all, looks) = ("", 0)
        while looks < 40 {
            let next = heard.tick()
            #expect(heard.queue.waitingBytes <= EventQueue.mostBytes)
            all += String(decoding: heard.queue.taking(), as: UTF8.self)
            looks += 1
            if next == .later && looks > 3 { break }
        }
        #expect(all.components(separatedBy: "event: metric").count - 1 == 3000 && !all.contains("xxx"))
        #expect(all.hasSuffix(Self.event(3000, end: text.utf8.count)) && looks > 3)
    }

    @Test func silenceIsBroken() throws {
        let heard = try Heard()
        #expect(heard.hear() == "retry: 1000\n\n")
        #expect(heard.hear(EventFeed.quietLooks - 2) == "")
        #expect(heard.hear(2) == ": still here\n\n")
        #expect(heard.hear(EventFeed.quietLooks - 2) == "")
        #expect(Double(EventFeed.quietLooks) * EventFeed.seconds == 15)
    }

    @Test func whatBecomesOfTheRunIsSaid() throws {
        let heard = try Heard()
        _ = heard.hear(5)
        heard.runs.change("a") { $0.state = "finished" }
        #expect(heard.hear(4) == "event: state\ndata: {}\n\n" && heard.hear(8) == "")
        heard.runs.remove("a")
        #expect(heard.hear(4) == "event: gone\ndata: {}\n\n")
        #expect((0..<4).map { _ in heard.tick() }.contains(.ended))
    }

    @Test func aClientThatTakesNothingIsGivenUp() throws {
        let heard = try Heard(text: (0..<20_000).map { Self.line($0) }.joined())
        var ticks: [EventFeed.Next] = []
        while ticks.count < 1000, ticks.last != .slow { ticks.append(heard.tick()) }
        #expect(ticks.last == .slow && ticks.filter { $0 == .later }.count >= EventFeed.stalledLooks - 2)
        #expect(heard.queue.waitingBytes <= EventQueue.mostBytes && heard.queue.waitingBytes > 0)
        // One that takes a little now and then is waited for, and misses nothing.
        let slow = try Heard(text: (0..<20_000).map { Self.line($0) }.joined())
        var text = ""
        for look in 0..<2000 {
            #expect(slow.tick() != .slow)
            if look % 40 == 39 { text += String(decoding: slow.queue.taking(), as: UTF8.self) }
        }
        text += String(decoding: slow.queue.taking(), as: UTF8.self)
        #expect(text.components(separatedBy: "event: metric").count - 1 == 20_000)
    }

    @Test func aQueueIsBounded() async {
        let queue = EventQueue()
        let piece = [UInt8](repeating: 1, count: 100_000)
        #expect(queue.offer(piece) && queue.offer(piece) && !queue.offer(piece))
        #expect(queue.waitingBytes == 200_000 && queue.taken == 0)
        #expect(await queue.next()?.count == 200_000)
        #expect(queue.taken == 2 && queue.waitingBytes == 0)
        // A piece that is larger than all is taken alone.
        #expect(queue.offer([UInt8](repeating: 2, count: EventQueue.mostBytes + 1)) && !queue.offer([3]))
        queue.end()
        #expect(!queue.offer([3]) && queue.isEnded)
        #expect(await queue.next()?.count == EventQueue.mostBytes + 1)
        #expect(await queue.next() == nil)
    }

    @Test func aReaderWaitsUntilSomethingComesOrEnds() async {
        let queue = EventQueue()
        let reader = Task { [await queue.next(), await queue.next()] }
        #expect(queue.offer([7]))
        await Task.yield()
        queue.end()
        #expect(await reader.value == [[7], nil])
        let other = EventQueue()
        let cancelled = Task { await other.next() }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
    }

    /// Bytes that were written.
    private final class Written: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
        func add(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
    }

    @Test func aStreamIsChunkedAndEnds() async throws {
        let (queue, written) = (EventQueue(), Written())
        var looks = 0
        try await EventDelivery.deliver(from: queue, by: { written.add($0) }) {
            looks += 1
            if looks == 1 { _ = queue.offer(Array("ab\n\n".utf8)) }
            return looks < 3 ? .soon : .ended
        }
        #expect(written.text == "4\r\nab\n\n\r\n0\r\n\r\n")
    }

    @Test func nobodyWaitsForAClientThatIsSlowOrGone() async throws {
        struct Gone: Error {}
        let queue = EventQueue()
        await #expect(throws: EventDelivery.SlowClient.self) {
            try await EventDelivery.deliver(
                from: queue, by: { _ in try await Task.sleep(for: .seconds(86_400)) }
            ) {
                queue.offer([UInt8](repeating: 1, count: 200_000)) ? .soon : .slow
            }
        }
        #expect(queue.isEnded)
        let other = EventQueue()
        await #expect(throws: Gone.self) {
            try await EventDelivery.deliver(from: other, by: { _ in throw Gone() }) {
                _ = other.offer([1])
                return other.isEnded ? .ended : .soon
            }
        }
    }

    @Test func theServiceStreamsAndStops() async throws {
        let board = try StagedBoard()
        let run = board.runs.add("a")
        try overwrite(run.metrics, Array(Self.line(1).utf8))
        let stream = try #require(try board.stream("/runs/a/events"))
        let written = Written()
        let delivery = Task { try await stream.deliver { written.add($0) } }
        while !written.text.contains("event: metric") { try await Task.sleep(for: .milliseconds(1)) }
        board.service.stop()
        try await delivery.value
        let text = written.text
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"))
        #expect(text.contains("\r\nCache-Control: no-store\r\n") && text.hasSuffix("0\r\n\r\n"))
        // Nobody is kept waiting after the end.
        let late = try #require(try board.stream("/runs/a/events", fields: ["Last-Event-ID: nonsense"]))
        try await late.deliver { written.add($0) }
    }

    @Test(arguments: [
        ("", [], 2), ("&behind=34", [], 1), ("&behind=34", ["Last-Event-ID: 68"], 0),
        ("", ["Last-Event-ID: 34"], 1),
        ("&behind=-1", [], 2), ("&behind=x", [], 2),
    ])
    func thePlaceIsTheBrowsersElseThePages(_ query: String, _ fields: [String], _ lines: Int) async throws {
        let board = try StagedBoard()
        let run = board.runs.add("a")
        try overwrite(run.metrics, Array((Self.line(1) + Self.line(2)).utf8))
        let stream = try #require(try board.stream("/runs/a/events", query: query, fields: fields))
        let written = Written()
        let delivery = Task { try await stream.deliver { written.add($0) } }
        func heard() -> Int { written.text.components(separatedBy: "event: metric").count - 1 }
        while heard() < lines { try await Task.sleep(for: .milliseconds(1)) }
        board.runs.remove("a")
        try await delivery.value
        #expect(heard() == lines)
        #expect(written.text.contains("event: gone") && !written.text.contains("restart"))
    }
}
