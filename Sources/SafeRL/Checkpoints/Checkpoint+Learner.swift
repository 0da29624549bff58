import Networks

extension CheckpointWriter {
    /// Adds everything that a learner's next update depends on, as `name.role.parameter`.
    public mutating func store<Body>(_ learner: Learner<Body>) throws {
        for role in learner.storedRoles {
            for entry in learner.layout.entries {
                store(
                    "\(learner.name).\(role.rawValue).\(entry.name)",
                    shape: [entry.shape.rows, entry.shape.columns],
                    of: UnsafeBufferPointer(learner.elements(entry, role)), ownedBy: learner)
            }
        }
        try store("\(learner.name).updates", learner.updates)
    }

    /// Adds several learners, each as by itself.
    public mutating func store<each Body>(all learners: repeat Learner<each Body>) throws {
        repeat try store(each learners)
    }
}

extension CheckpointReader {
    /// Restores a learner stored under its name.
    ///
    /// - Throws: `CheckpointError` for a missing tensor, another shape, a number that is not finite, a second moment below 0.
    public func load<Body>(_ learner: Learner<Body>) throws {
        for role in learner.storedRoles {
            for entry in learner.layout.entries {
                try loadFinite(
                    "\(learner.name).\(role.rawValue).\(entry.name)",
                    shape: [entry.shape.rows, entry.shape.columns],
                    into: learner.elements(entry, role))
                if role == .secondMoment, learner.elements(entry, role).contains(where: { $0 < 0 }) {
                    throw unsound(
                        "\(learner.name).\(role.rawValue).\(entry.name)", UnsoundValue("a square is below 0"))
                }
            }
        }
        learner.restore(updates: try value("\(learner.name).updates", in: Sound.count))
    }

    /// Restores several learners, each stored under its name.
    ///
    /// - Throws: as for each.
    public func load<each Body>(all learners: repeat Learner<each Body>) throws {
        repeat try load(each learners)
    }

    /// A network for acting, from a learner's weights or their moving average.
    ///
    /// - Parameters:
    ///   - name: of the learner.
    ///   - role: `weights` or `target`.
    ///   - build: describes the network as the learner's was.
    /// - Returns: a network with the stored numbers.
    /// - Throws: `CheckpointError` for a missing tensor or another shape.
    public func network<Body: Sendable>(
        _ name: String, _ role: LearnerRole, _ build: (inout Layout) -> Body
    ) throws -> Network<Body> {
        // The sizes come from a configuration, which may not be the one that wrote this: nothing is allocated for others.
        var layout = Layout()
        _ = build(&layout)
        for entry in layout.entries {
            try check(
                "\(name).\(role.rawValue).\(entry.name)", shape: [entry.shape.rows, entry.shape.columns])
        }
        return try Network(build) { entry, values in
            try loadFinite(
                "\(name).\(role.rawValue).\(entry.name)", shape: [entry.shape.rows, entry.shape.columns],
                into: values)
        }
    }
}

extension LearnerOf where Scalar == Float {
    fileprivate var storedRoles: [LearnerRole] {
        [.weights, .firstMoment, .secondMoment] + (hasTarget ? [.target] : [])
    }
}
