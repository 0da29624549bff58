import SafeRL

/// Imitates what was recorded: a small network from observations to actions, fitted by least squares.
final class Imitation: Algorithm {
    struct Configuration: Defaulted {
        @Setting(1...4096, "Hidden units.") var width = 64
    }
    static let name = "imitation"
    let data: TransitionDataset, batch: TransitionBatch, actor: Actor, tape = Tape()

    init(_ options: Configuration, on data: TransitionDataset, seed: UInt64) {
        (self.data, batch) = (data, TransitionBatch(rows: 256, of: data))
        actor = Actor(on: data, hidden: [options.width], rate: 1e-3, seed: seed)
    }
    func stages(steps: Int) -> [Stage<Loss>] { [Stage("imitation", updates: steps) { try self.update() }] }
    func update() throws -> Loss {
        tape.reset()
        data.fill(batch, using: &actor.sampling)
        let (s, a) = (tape.constant(batch.observations), tape.constant(batch.actions))
        return Loss(try actor.descend(on: tape) { squaredError(actor(s), a).mean() })
    }
    func makePolicy() -> any Policy { actor.policy() }
    func save(to checkpoint: inout CheckpointWriter) throws { try actor.save(to: &checkpoint) }
    func load(from checkpoint: CheckpointReader) throws { try actor.load(from: checkpoint) }
    static func policy(_ options: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        try Actor.policy(from: checkpoint)
    }
}
