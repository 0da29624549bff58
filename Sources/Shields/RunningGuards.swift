import Rules
import SafeRL

/// Episodes behind one shield: those that run, in the order in which they began, in which they are also asked about, and what was done
/// in those that ended.
struct RunningGuards {
    /// An episode in a place of its own, because a list moves what is changed in it.
    final class Place {
        var episode: GuardedEpisode
        init(_ episode: GuardedEpisode) { self.episode = episode }
    }
    /// An episode that runs, with the steps that passed since it was reviewed last.
    private struct Running {
        let number: Int
        let place: Place
        /// Whether what rules allow is done.
        var isFree = true
        /// Whether the present step passed, and is to be settled.
        var isPassing = false
        /// Steps that passed and were settled, and the latest of them.
        var (passed, last) = (0, 0)

        init(_ number: Int, _ place: Place) { (self.number, self.place) = (number, place) }

        /// Tells the episode of the steps that passed.
        mutating func flush() {
            place.episode.pass(passed, to: last)
            passed = 0
        }
    }
    private var running: [Running] = []
    /// Where the episode that is asked about next probably stands.
    private var likely = 0
    /// Episodes that are over, whose memory the next ones take.
    private var spare: [Place] = []
    /// An episode in which nothing happened, of which others are copies; made when the first one begins.
    private var blank: GuardedEpisode?
    /// In the order in which they ended; of one that ended twice the later counts.
    private var ended: [ShieldTally] = []

    /// Begins an episode, whose earlier course is forgotten.
    mutating func begin(_ episode: Int, _ plan: ShieldPlan, actions: Space) {
        forget(episode)
        if let place = spare.popLast() {
            place.episode.begin(episode)
            running.append(Running(episode, place))
            return
        }
        if blank == nil { blank = GuardedEpisode(plan, number: episode, actions: actions) }
        guard var copy = blank else { return }
        copy.begin(episode)
        running.append(Running(episode, Place(copy)))
    }

    /// Where a running episode stands; nothing where nobody began it.
    private mutating func find(_ episode: Int) -> Int? {
        for place in likely..<max(likely, running.count) where running[place].number == episode {
            likely = place + 1
            return place
        }
        for place in 0..<min(likely, running.count) where running[place].number == episode {
            likely = place + 1
            return place
        }
        return nil
    }

    /// Lets proposals pass of which rules without a past are true, as far as their episodes are free and the box holds them.
    mutating func `let`(
        _ answers: inout [Bool], passBy box: ActionBox, _ episodes: [Int], steps: [Int],
        _ actions: Span<Float>
    ) {
        for row in answers.indices where answers[row] {
            guard let found = find(episodes[row]), running[found].isFree, box.contains(actions, row: row)
            else {
                answers[row] = false
                continue
            }
            running[found].isPassing = true
            running[found].last = steps[row]
        }
    }

    /// A running episode that is to be reviewed, told of the steps that passed; nothing where nobody began it.
    mutating func toReview(_ episode: Int) -> Place? {
        guard let found = find(episode) else { return nil }
        running[found].flush()
        return running[found].place
    }

    /// Takes note of what became of an episode that was reviewed.
    mutating func wasReviewed(_ episode: Int, _ decision: ShieldDecision) {
        likely = max(likely - 1, 0)
        guard let found = find(episode) else { return }
        running[found].isFree = running[found].place.episode.isFree
        if decision == .stop { close(found) }
    }

    /// Takes a step into the past of its episode.
    mutating func settle(_ episode: Int, isEnd: Bool, isViolation: Bool) {
        guard let found = find(episode) else { return }
        if running[found].isPassing {
            running[found].isPassing = false
            running[found].passed += 1
            guard isViolation || isEnd else { return }
            running[found].flush()
        }
        running[found].place.episode.settle(isEnd: isEnd, isViolation: isViolation)
        if isEnd { close(found) }
    }

    /// Drops an episode that was left before its end; its figures do not count.
    mutating func forget(_ episode: Int) {
        guard let found = find(episode) else { return }
        spare.append(remove(found))
    }

    private mutating func close(_ found: Int) {
        let place = remove(found)
        ended.append(place.episode.tally)
        spare.append(place)
    }

    private mutating func remove(_ place: Int) -> Place {
        likely = place
        return running.remove(at: place).place
    }

    /// What was done in each episode that ended, in the order of their numbers.
    var tallies: [ShieldTally] {
        let order = ended.indices.map { (ended[$0].episode, $0) }.sorted { $0 < $1 }
        return order.indices.filter { $0 + 1 == order.count || order[$0 + 1].0 != order[$0].0 }.map {
            ended[order[$0].1]
        }
    }
}
