import SafeRL
import Storage
import Tensors

/// What GRPO learns from: a task of answering requests, and demonstrations of it.
public final class TextTaskData: TrainingData {
    /// The task.
    let task: any TextTask.Type
    /// Requests with answers to learn to write from.
    let rows: [(request: String, answer: String)]
    /// SHA-256 of the demonstrations, and of what else training depends on.
    public let identity: String
    /// Demonstrations.
    public var count: Int { rows.count }

    /// Draws demonstrations.
    ///
    /// - Parameters:
    ///   - task: what is answered.
    ///   - demonstrations: at least one.
    ///   - seed: of the draw.
    public convenience init(_ task: any TextTask.Type, demonstrations: Int, seed: UInt64) {
        precondition(demonstrations >= 1, "\(demonstrations) demonstrations")
        self.init(task, Self.draw(task, demonstrations, seed: seed), [])
    }

    private init(
        _ task: any TextTask.Type, _ rows: [(request: String, answer: String)], _ others: [String]
    ) {
        (self.task, self.rows) = (task, rows)
        var digest = SHA256()
        for text in [task.name] + others + rows.flatMap({ [$0.request, $0.answer] }) {
            digest.update("\(text.utf8.count)\n\(text)".utf8)
        }
        identity = digest.hexadecimal()
    }

    /// The same data, that is identified together with something else that training depends on.
    func joined(with others: [String]) -> TextTaskData { TextTaskData(task, rows, others) }

    private static func draw<Task: TextTask>(
        _ task: Task.Type, _ count: Int, seed: UInt64
    ) -> [(request: String, answer: String)] {
        var stream = RandomStream(seed: seed, for: .collection, index: RequestStream.demonstrations)
        return (0..<count).map { _ in
            let request = task.request(task.splits[0], using: &stream)
            return (task.text(of: request), task.demonstration(request, using: &stream))
        }
    }

    /// A row of the demonstrations of a seed, with a judge of other answers to it.
    static func demonstration(
        _ task: any TextTask.Type, _ row: Int, seed: UInt64
    ) -> (request: JudgedRequest, answer: String) {
        func drawn<Task: TextTask>(_ task: Task.Type) -> (JudgedRequest, String) {
            var stream = RandomStream(seed: seed, for: .collection, index: RequestStream.demonstrations)
            var request = task.request(task.splits[0], using: &stream)
            var answer = task.demonstration(request, using: &stream)
            for _ in 0..<row {
                request = task.request(task.splits[0], using: &stream)
                answer = task.demonstration(request, using: &stream)
            }
            return (JudgedRequest(request, of: task), answer)
        }
        return drawn(task)
    }
}

/// Streams of a run from which requests are drawn, by the index of the seed's collection stream.
enum RequestStream {
    /// Of demonstrations.
    static let demonstrations: UInt32 = 16
    /// Of the report.
    static let report: UInt32 = 17
    /// Of the first update; later ones follow.
    static let updates: UInt32 = 1 << 16
}

/// A request with its text, its kind, and a judge of answers to it.
struct JudgedRequest {
    let text: String
    let kind: String
    /// What an answer is: numbers by name.
    let judge: (String) -> [String: Double]

    init<Task: TextTask>(_ request: Task.Request, of task: Task.Type) {
        (text, kind) = (task.text(of: request), task.kind(of: request))
        judge = { task.judge($0, to: request) }
    }

    /// Draws a request of a split.
    static func draw(
        _ task: any TextTask.Type, _ split: String, using stream: inout RandomStream
    ) -> JudgedRequest {
        func drawn<Task: TextTask>(_ task: Task.Type) -> JudgedRequest {
            JudgedRequest(task.request(split, using: &stream), of: task)
        }
        return drawn(task)
    }
}
