import Pictures

/// The newest scenes of the slots of an environment, whose trails reach back to the start of the episode.
struct SceneTrails {
    /// One for each slot; nothing before the first start.
    private var scenes: [Scene?]

    init(slots: Int) { scenes = Array(repeating: nil, count: slots) }

    /// Takes the first state of an episode.
    mutating func begin(_ slot: Int, _ scene: Scene?) {
        scenes[slot] = scene
    }

    /// Takes the next state of an episode.
    mutating func lengthen(_ slot: Int, _ scene: Scene?) {
        scenes[slot] = scene?.lengthening(scenes[slot])
    }

    /// The picture of a slot's state; nothing where the environment has none.
    ///
    /// - Throws: `SceneError`.
    func frame(of slot: Int, _ name: String) throws -> Frame? { try scenes[slot]?.frame(of: name) }
}
