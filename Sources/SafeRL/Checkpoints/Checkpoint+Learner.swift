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
}

extension CheckpointReader {
    /// Restores a learner stored under its name.
    ///
    /// - Throws: `CheckpointError` for a missing tensor or another shape.
    public func load<Body>(_ learner: Learner<Body>) throws {
        for role in learner.storedRoles {
            for entry in learner.layout.entries {
                try load(
                    "\(learner.name).\(role.rawValue).\(entry.name)",
                    shape: [entry.shape.rows, entry.shape.columns],
                    into: learner.elements(entry, role))
            }
        }
        learner.restore(updates: try value("\(learner.name).updates", as: Int.self))
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
            try load(
                "\(name).\(role.rawValue).\(entry.name)", shape: [entry.shape.rows, entry.shape.columns],
                into: values)
        }
    }
}

extension Learner {
    fileprivate var storedRoles: [LearnerRole] {
        [.weights, .firstMoment, .secondMoment] + (hasTarget ? [.target] : [])
    }
}
