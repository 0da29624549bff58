import SafeRL

/// What a worker says about its environments in the handshake.
struct WorkerFacts {
    /// What an observation is made of.
    let observation: Space
    /// What the environment's own step takes; a box has finite bounds.
    let action: Space
    /// The limit that the environment declares, if it does.
    let timeLimit: Int?
    /// Steps in a second of the task's own time, if the environment declares them.
    let frameRate: Int?
    /// The cost channels of every step.
    let costNames: [String]
    /// The largest cost of a step in each channel, if the environment or its version states them.
    let largestCosts: [Float]?
    /// Versions of Python and packages.
    let versions: [String: String]

    /// Reads and checks a handshake.
    ///
    /// - Throws: `WorkerFault`.
    init(_ reply: JSONValue, of task: WorkerName) throws(WorkerFault) {
        guard reply["protocol"]?.number?.int == WorkerLaunch.protocolVersion else {
            let spoken = reply["protocol"]?.compact ?? "unknown"
            throw .refused(
                kind: "protocol",
                text:
                    "its worker speaks version \(spoken) of the protocol, saferl \(WorkerLaunch.protocolVersion)"
            )
        }
        guard let seen = reply["observation"].flatMap(Self.space),
            let acted = reply["action"].flatMap(Self.space)
        else { throw .garbage("a handshake without spaces") }
        (observation, action) = (seen, acted)
        timeLimit = reply["timeLimit"]?.number?.int
        frameRate = reply["frameRate"]?.number?.int.flatMap { $0 >= 1 ? $0 : nil }
        costNames = (reply["costNames"]?.elements ?? []).map { $0.string ?? "" }
        largestCosts = reply["largestCosts"]?.elements.map { $0.map { $0.number?.float ?? .nan } }
        var versions = ["python": reply["python"]?.string ?? "unknown"]
        for member in reply["packages"]?.members ?? [] { versions[member.key] = member.value.string }
        self.versions = versions
        try check(task)
    }

    private func check(_ task: WorkerName) throws(WorkerFault) {
        guard observation.size > 0, action.size > 0, observation.size <= 1 << 20, action.size <= 1 << 20
        else {
            throw .refused(
                kind: "unsupported",
                text: "its observations have \(observation.size) and its actions \(action.size) values")
        }
        if let fault = CostChannels.fault(in: costNames) {
            throw .refused(kind: "unsupported", text: "its cost channels: \(fault)")
        }
        if let largestCosts, largestCosts.count != costNames.count {
            throw .refused(
                kind: "unsupported",
                text: "\(largestCosts.count) largest costs for \(costNames.count) cost channels")
        }
        if case .box(let low, let high) = action,
            let index = low.indices.first(where: {
                !(low[$0].isFinite && high[$0].isFinite && low[$0] < high[$0])
            })
        {
            throw .refused(
                kind: "unsupported",
                text: "element \(index) of the action is bounded by \(low[index]) and \(high[index]); "
                    + "only finite bounds can be scaled to")
        }
        guard let known = task.task else { return }
        guard (known.observationSize, known.actionSize) == (observation.size, action.size) else {
            throw .refused(
                kind: "unsupported",
                text:
                    "observations of \(observation.size) and actions of \(action.size) values are not the task's, "
                    + "\(known.observationSize) and \(known.actionSize); another version of the simulator is installed"
            )
        }
    }

    private static func space(_ value: JSONValue) -> Space? {
        switch value["kind"]?.string {
        case "discrete": value["count"]?.number?.int.flatMap { $0 >= 1 ? Space.discrete(count: $0) : nil }
        case "box": box(value)
        default: nil
        }
    }

    /// Bounds that are null are infinite.
    private static func box(_ value: JSONValue) -> Space? {
        guard let low = value["low"]?.elements, let high = value["high"]?.elements, low.count == high.count
        else { return nil }
        return .box(
            low: low.map { $0.number?.float ?? -.infinity }, high: high.map { $0.number?.float ?? .infinity })
    }
}

/// Turns actions in −1 … 1 into those of an environment, as bytes of a frame.
struct ActionScaling {
    /// What is accepted.
    let space: Space
    private let bounds: (low: [Float], high: [Float])?

    /// Scales to a box with finite bounds; choices stay as they are.
    init(_ own: Space) {
        guard case .box(let low, let high) = own else {
            (space, bounds) = (own, nil)
            return
        }
        (space, bounds) = (.box(low.count, in: -1...1), (low, high))
    }

    /// Appends one row of actions, clipped and scaled.
    func append(_ actions: Span<Float>, _ row: Int, to payload: inout [UInt8]) {
        let size = space.size
        for element in 0..<size {
            let value = actions[row * size + element]
            scaled(value, element).bitPattern.append(to: &payload)
        }
    }

    /// Exact at both ends, and everywhere where the bounds are −1 and 1.
    func scaled(_ value: Float, _ element: Int) -> Float {
        guard let (low, high) = bounds.map({ ($0.low[element], $0.high[element]) }) else {
            guard case .discrete(let count) = space, !value.isNaN else { return 0 }
            return min(max(value.rounded(), 0), Float(count - 1))
        }
        let clipped = min(max(value, -1), 1)
        if low == -1 && high == 1 { return clipped }
        return min(max(low + (clipped + 1) * ((high - low) / 2), low), high)
    }
}
