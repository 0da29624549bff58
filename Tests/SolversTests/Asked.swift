import Rules
import Synchronization

/// Keeps what it is asked, and proposes nothing.
final class Asked: ActionProposer {
    let question = Mutex<ActionQuestion?>(nil)

    func proposals(for question: ActionQuestion) -> [[Double]] {
        self.question.withLock { $0 = question }
        return []
    }
}
