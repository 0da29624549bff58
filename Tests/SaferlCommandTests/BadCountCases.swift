import SafeRL

extension BadInput {
    private static let huge = "9223372036854775807"

    /// Numbers that an `Int` holds and no machine.
    static let counts = arguments + configurations

    private static let arguments = [
        count("evaluate", ["run"], "episodes", most: 10_000_000),
        count("evaluate", ["run"], "workers", most: 1024),
        count("evaluate", ["run"], "retries", most: 1_000_000),
        count("assess", ["run"], "episodes", most: 100_000),
        count("assess", ["run"], "workers", most: 1024),
        count("evaluate", ["run", "--video", "v.gif"], "video-episodes", most: 10_000_000),
        count("certify", ["run", "--limit", "1", "--delta", "0.1"], "episodes", most: 10_000_000),
        count("collect", ["point-robot", "--out", "x.hdf5"], "transitions", most: 100_000_000),
        count("collect", ["point-robot", "--out", "x.hdf5"], "episodes", most: 10_000_000),
        count("env bench", ["point-robot"], "slots", most: 65_536),
        count("env bench", ["point-robot"], "workers", most: 1024),
        count("env bench", ["point-robot"], "steps", most: 100_000_000),
        count("env bench", ["point-robot"], "repeats", most: 1_000_000),
        count("bench", ["fisor"], "observation", most: 1_000_000),
        count("bench", ["fisor"], "action", most: 1_000_000),
        count("bench", ["fisor"], "steps", most: 100_000_000),
        count("bound ogsrl", theorem, "samples", most: 1_000_000_000_000_000),
        count("bound ogsrl", theorem, "horizon", most: 1_000_000_000_000_000),
        count("bound ogsrl", theorem, "state-size", most: 1_000_000),
        count("bound ogsrl", theorem, "action-size", most: 1_000_000),
    ]

    private static let theorem = [
        "--samples", "1000", "--alpha", "0.04", "--alpha-c", "0.05", "--delta", "0.05", "--beta", "0.05",
        "--discount", "0.99", "--horizon", "20", "--bandwidth", "0.535", "--state-size", "13",
        "--action-size", "2",
    ]

    private static func count(
        _ command: String, _ arguments: [String], _ name: String, most: Int
    ) -> BadInput {
        var words = command.split(separator: " ").map(String.init) + arguments
        if let place = words.firstIndex(of: "--" + name) { words.removeSubrange(place...place + 1) }
        return usage(
            "too large \(name) for \(command)", words + ["--" + name, huge],
            "--\(name) \(huge): must be at most \(most). See \"saferl \(command) --help\".")
    }

    private static let configurations = [
        override(
            "too large a width", "fisor.criticWidths=[\(huge)]",
            "--set fisor.criticWidths=[\(huge)]: must be a list of 1 to 64 whole numbers from 1 to 1000000, "
                + "such as [256, 256]. The default is [256, 256]."),
        override(
            "too many widths", "fisor.criticWidths=[\((0..<65).map { _ in "1" }.joined(separator: ","))]",
            "--set fisor.criticWidths=[\((0..<65).map { _ in "1" }.joined(separator: ","))]: must be a list "
                + "of 1 to 64 whole numbers from 1 to 1000000, such as [256, 256]. The default is [256, 256]."
        ),
    ]
}
