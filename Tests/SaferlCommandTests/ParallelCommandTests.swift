import Foundation
import SaferlCommand
import Testing

/// Open MPI, where it is installed.
private enum OpenMPI {
    static let program = ["/usr/bin/mpirun", "/usr/local/bin/mpirun"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    static let isInstalled: Bool = {
        if program != nil && CommandProcess.binary != nil { return true }
        print("ParallelCommandTests: skipped; apt-get install openmpi-bin")
        return false
    }()
}

/// What several processes are refused for: one line of one of them, its exit code, no run.
@Suite(.enabled(if: OpenMPI.isInstalled, "needs mpirun")) struct ParallelCommandTests {
    /// What is wrong.
    struct Refusal: CustomTestStringConvertible, Sendable {
        let name: String
        /// Of each process what is set, beside what all share.
        let settings: [[String]]
        let message: String
        var configuration = "bc.json"

        var testDescription: String { name }
    }

    private static let files: [String: [UInt8]] = [
        "bc.json": Array(
            """
            {"algorithm": "bc", "environment": "point-mass", "data": {"collect": {"transitions": 200}},
             "bc": {"rows": 8, "widths": [4]}, "schedule": {"steps": 4, "log": 2}, "evaluation": {"episodes": 1}}
            """.utf8),
        "whole.json": Array(
            #"{"algorithm": "bcq-lag", "environment": "point-mass", "data": {"collect": {"transitions": 200}}}"#
                .utf8),
    ]

    static let refusals: [Refusal] = [
        Refusal(
            name: "processes that do not divide parts", settings: [[], [], []],
            message: "3 processes do not share 8 parts evenly. Start 1, 2, 4 … up to 8 (parallel.shards)."),
        Refusal(
            name: "more processes than parts",
            settings: [["parallel.shards=2"], ["parallel.shards=2"], [], []],
            message: "4 processes do not share 2 parts evenly. Start 1, 2, 4 … up to 2 (parallel.shards)."),
        Refusal(
            name: "parts switched off", settings: [["parallel.shards=0"], ["parallel.shards=0"]],
            message:
                "--set parallel.shards=0: 2 processes would each train the same run. Write 8, or start one process."
        ),
        Refusal(
            name: "rows that do not divide", settings: [["bc.rows=12"], ["bc.rows=12"]],
            message:
                "--set bc.rows=12: 12 rows are not to be cut into 8 equal parts (parallel.shards). Write a multiple."
        ),
        Refusal(
            name: "no patience", settings: [["parallel.timeout=0"], ["parallel.timeout=0"]],
            message: "--set parallel.timeout=0: must be a whole number from 1 to 86400. The default is 300."),
        Refusal(
            name: "a method without parts", settings: [[], []],
            message:
                #"--set parallel.shards=8: bcq-lag computes updates whole. Write 0 and start one process; parts are for "bc", "caps", "cpq", "#
                + #""fisor", "grpo", "hcrlhf", "ogsrl"."#,
            configuration: "whole.json"),
        Refusal(
            name: "a process with another configuration", settings: [[], ["bc.learningRate=0.002"]],
            message: "rank 1 runs with another configuration than rank 0. Give every machine the same."),
        Refusal(
            name: "a process with other data", settings: [[], ["data.collect.seed=5"]],
            message: "rank 1 runs with another configuration than rank 0. Give every machine the same."),
        Refusal(
            name: "a process that cannot begin", settings: [[], ["bc.rows=0"]],
            message: "rank 1: --set bc.rows=0: must be a whole number from 1 to 1000000. The default is 512."),
    ]

    @Test(arguments: refusals) func processesAreRefusedInOneLine(_ bad: Refusal) throws {
        let folder = try CommandFolder(Self.files)
        let binary = try #require(CommandProcess.binary).path
        // Each process has a file of its own, because mpirun adds lines of its own to what they share.
        let each = #"exec "$0" "$@" 2>"errors.$OMPI_COMM_WORLD_RANK""#
        var words = ["-q", "--oversubscribe", "--bind-to", "none"]
        for (rank, settings) in bad.settings.enumerated() {
            if rank > 0 { words.append(":") }
            words += ["-n", "1", "/bin/sh", "-c", each, binary, "train", bad.configuration, "--quiet"]
            words += ["--run", "run"] + settings.map { "--set=\($0)" }
        }
        let result = try folder.run(
            ["OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", try #require(OpenMPI.program)]
                + words, program: "/usr/bin/env")
        #expect(result.status == CommandStatus.configuration.rawValue, "\(result.errors)")
        #expect(!result.files.contains("run"))
        let said = try bad.settings.indices.map {
            try String(contentsOfFile: folder.path("errors.\($0)"), encoding: .utf8)
        }
        #expect(said == [bad.message + "\n"] + said.dropFirst().map { _ in "" })
    }
}
