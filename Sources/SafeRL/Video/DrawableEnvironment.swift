import Pictures

/// An environment that can show its state as a picture.
public protocol DrawableEnvironment: Environment {
    /// The picture of the current state.
    var scene: Scene { get }
    /// Steps in a second of the task's own time, at least 1; nothing where there is no such thing.
    static var frameRate: Int? { get }
}

extension DrawableEnvironment {
    /// Nothing: the task has no time of its own.
    public static var frameRate: Int? { nil }
}

/// The newest scenes of the slots of an environment, whose trails reach back to the start of the episode.
struct SceneTrails {
    /// One for each slot; nothing before the first start.
    private var scenes: [Scene?]

    init(slots: Int) { scenes = Array(repeating: nil, count: slots) }

    /// Takes the first state of an episode.
    mutating func begin(_ slot: Int, _ task: some Environment) {
        scenes[slot] = (task as? any DrawableEnvironment)?.scene
    }

    /// Takes the next state of an episode.
    mutating func lengthen(_ slot: Int, _ task: some Environment) {
        scenes[slot] = (task as? any DrawableEnvironment)?.scene.lengthening(scenes[slot])
    }

    /// The picture of a slot's state; nothing where the environment has none.
    ///
    /// - Throws: `SceneError`.
    func frame(of slot: Int, _ name: String) throws -> Frame? { try scenes[slot]?.frame(of: name) }
}
