// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
// Optimising tests takes a third of the time of compiling them. Those that count allocations, or compute much, are optimised.
let quickly = swift + [.unsafeFlags(["-Onone"], .when(configuration: .release))]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

// What manifests and claims name. The package manager's own answer would be that of the first build: it keeps what a manifest gave.
let commit = (Context.environment["SAFERL_COMMIT"] ?? "").filter { $0.isHexDigit || $0 == "+" }

// SafeRL and what it exports. Who imports SafeRL names them all: a build that goes on would miss that one has changed.
let safeRL: [Target.Dependency] = [
    "Assurance", "Guardians", "Networks", "Pictures", "Replay", "SafeRL", "Storage", "TabularModels",
    "Tensors", "Verification",
]

let package = Package(
    name: "saferl",
    products: [
        .library(
            name: "SafeRL",
            targets: [
                "SafeRL", "Algorithms", "Environments", "GymnasiumEnvironments",
                "SaferlCommand", "Assurance", "Dynamics", "Guardians", "LanguageModels",
                "Networks", "OffPolicyEvaluation", "Pictures", "PolicyOptimisation", "Replay",
                "Rules", "Shields", "Storage", "TabularModels", "Tensors", "Verification",
                "Monitors", "Agents", "Solvers", "Alignment", "ModelSafety", "Reliability", "AssuranceCases",
                "Comparison", "PolicyExport", "Serving", "Board", "EventFiles", "Sweeps", "Availability",
                "PerturbablePhysics",
                "Parallel", "RuleExport",
            ]),
        // Native simulation: the library SafeRL does without.
        .library(name: "MuJoCoEnvironments", targets: ["MuJoCoEnvironments"]),
        // For a robot's own loop: link it, and include saferl_guard.h.
        .library(name: "saferlguard", type: .dynamic, targets: ["CSaferlGuard", "SaferlGuard"]),
        .executable(name: "saferl", targets: ["SaferlMain"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
    ],
    targets: [
        // The C boundary: system libraries and our own loops.
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CHDF5Reader", dependencies: ["CHDF5"], cSettings: c),
        .target(name: "CKernels", cSettings: c),
        .target(name: "CMallocCounter", cSettings: c),
        .target(name: "CBuildInfo", cSettings: c + [.define("SAFERL_COMMIT", to: "\"\(commit)\"")]),
        // Opens MuJoCo at run time, where it is installed: nothing of it is needed to build.
        .target(name: "CMuJoCo", dependencies: ["CKernels"], cSettings: c),
        // Likewise Z3.
        .target(name: "CZ3", cSettings: c),
        // And SQLite.
        .target(name: "CSQLite", cSettings: c),
        // And Open MPI.
        .target(name: "CMPI", cSettings: c),

        // The library, from the bottom up.
        .target(name: "Storage", dependencies: ["CCrypto"], swiftSettings: swift),
        .target(name: "Tensors", dependencies: ["COpenBLAS", "CKernels", "Storage"], swiftSettings: swift),
        .target(name: "Networks", dependencies: ["Tensors"], swiftSettings: swift),
        .target(name: "Parallel", dependencies: ["CMPI", "Storage", "Tensors"], swiftSettings: swift),
        .target(
            name: "PolicyOptimisation", dependencies: ["Networks", "Storage", "Tensors"], swiftSettings: swift
        ),
        .target(
            name: "Replay",
            dependencies: [
                "CHDF5Reader", "CZlib", "Storage", "Tensors",
            ], swiftSettings: swift),
        .target(name: "Rules", dependencies: ["Storage"], swiftSettings: swift),
        .target(name: "RuleExport", dependencies: ["Rules", "Storage"], swiftSettings: swift),
        .target(name: "Solvers", dependencies: ["CZ3", "Rules", "Storage"], swiftSettings: swift),
        .target(
            name: "AssuranceCases",
            dependencies: [
                "CCrypto", "CZ3", "Solvers", "Storage", .product(name: "BigInt", package: "BigInt"),
            ],
            resources: [
                .embedInCode("Templates/any-1.json"), .embedInCode("Templates/filter-1.json"),
                .embedInCode("Templates/fisor-1.json"), .embedInCode("Templates/grpo-1.json"),
                .embedInCode("Templates/guard-1.json"), .embedInCode("Templates/hcrlhf-1.json"),
                .embedInCode("Templates/ogsrl-1.json"), .embedInCode("Templates/verify-1.json"),
            ], swiftSettings: swift),
        .target(name: "Pictures", dependencies: ["CZlib", "Storage"], swiftSettings: swift),
        .target(name: "Assurance", dependencies: ["Storage"], swiftSettings: swift),
        .target(name: "Alignment", dependencies: ["Assurance", "Storage"], swiftSettings: swift),
        .target(name: "EventFiles", dependencies: ["Storage"], swiftSettings: swift),
        .target(name: "Comparison", dependencies: ["Assurance", "Storage", "Tensors"], swiftSettings: swift),
        .target(
            name: "Sweeps", dependencies: ["Comparison", "CSQLite", "Storage", "Tensors"],
            swiftSettings: swift),
        .target(name: "Guardians", dependencies: ["Assurance", "Storage", "Tensors"], swiftSettings: swift),
        .target(
            name: "Reliability", dependencies: ["Assurance", "Storage", "Tensors"], swiftSettings: swift),
        .target(
            name: "Availability", dependencies: ["Assurance", "Reliability", "Storage", "Tensors"],
            swiftSettings: swift),
        .target(
            name: "Verification", dependencies: ["Assurance", "Networks", "Storage", "Tensors"],
            swiftSettings: swift),
        .target(name: "TabularModels", dependencies: ["Storage", "Tensors"], swiftSettings: swift),
        .target(
            name: "Dynamics",
            dependencies: ["Assurance", "Guardians", "Networks", "Replay", "Storage", "Tensors"],
            swiftSettings: swift),
        .target(
            name: "SafeRL",
            dependencies: [
                "Assurance", "Guardians", "Networks", "Pictures", "Replay", "Storage", "TabularModels",
                "Tensors", "Verification",
            ], swiftSettings: swift),
        .target(
            name: "LanguageModels", dependencies: ["Networks", "Storage", "Tensors"], swiftSettings: swift),
        .target(
            name: "Agents",
            dependencies: ["Assurance", "LanguageModels", "Networks", "Rules", "Storage", "Tensors"],
            resources: [.embedInCode("Desk/desk.rules")], swiftSettings: swift),
        .target(
            name: "ModelSafety",
            dependencies: ["Alignment", "Assurance", "LanguageModels", "Networks", "Storage", "Tensors"],
            swiftSettings: swift),
        .target(
            name: "Serving", dependencies: ["Alignment", "LanguageModels", "ModelSafety", "Storage"],
            swiftSettings: swift),
        .target(
            name: "Board", dependencies: ["AssuranceCases", "EventFiles", "Serving", "Storage"],
            swiftSettings: swift),
        .target(
            name: "OffPolicyEvaluation",
            dependencies: ["Assurance", "Guardians", "Networks", "Replay", "Storage", "Tensors"],
            swiftSettings: swift),
        .target(name: "PerturbablePhysics", dependencies: safeRL, swiftSettings: swift),
        .target(name: "Monitors", dependencies: safeRL, swiftSettings: swift),
        .target(name: "PolicyExport", dependencies: safeRL, swiftSettings: swift),
        .target(
            name: "Assessments",
            dependencies: safeRL + ["Availability", "PerturbablePhysics", "Reliability"],
            swiftSettings: swift),
        .target(
            name: "Environments",
            dependencies: safeRL + ["Alignment", "PerturbablePhysics"],
            path: "Environments", exclude: ["README.md", "gymnasium"],
            resources: [
                .embedInCode("icu_sepsis_parameters.py"), .embedInCode("preference_bandit.json"),
            ], swiftSettings: swift),
        // The worker and the pins lie inside the binary, so that it works alone and never meets others.
        .target(
            name: "GymnasiumEnvironments", dependencies: safeRL, path: "Environments/gymnasium",
            exclude: ["tests"], sources: ["Sources"],
            resources: [
                .embedInCode("saferl_environments.py"), .embedInCode("saferl_parquet.py"),
                .embedInCode("saferl_worker.py"),
                .embedInCode("requirements-bullet.txt"), .embedInCode("requirements-parquet.txt"),
                .embedInCode("requirements-safety-gymnasium.txt"),
            ], swiftSettings: swift),
        .target(
            name: "Algorithms",
            dependencies: safeRL + [
                "Agents", "Alignment", "Availability", "Dynamics", "LanguageModels", "OffPolicyEvaluation",
                "PolicyOptimisation", "Reliability",
            ], swiftSettings: swift),
        .target(
            name: "MuJoCoEnvironments",
            dependencies: safeRL + ["CMuJoCo", "PerturbablePhysics"], swiftSettings: swift),
        .target(name: "Shields", dependencies: safeRL + ["Rules"], swiftSettings: swift),

        // The configurations that the binary carries.
        .target(
            name: "ShippedConfigurations", path: "Configs",
            resources: [
                .embedInCode("bc-safe.json"),
                .embedInCode("bc.json"),
                .embedInCode("bcq-lag.json"),
                .embedInCode("bcrl.json"),
                .embedInCode("bear-lag.json"),
                .embedInCode("benchmark-flow.json"),
                .embedInCode("benchmark-online.json"),
                .embedInCode("benchmark-small.json"),
                .embedInCode("caps.json"),
                .embedInCode("cdt.json"),
                .embedInCode("coptidice.json"),
                .embedInCode("cpo.json"),
                .embedInCode("cpq.json"),
                .embedInCode("desk.json"),
                .embedInCode("fisor-ball-circle.json"),
                .embedInCode("fisor-ball-run.json"),
                .embedInCode("fisor-car-run.json"),
                .embedInCode("fisor-cpu.json"),
                .embedInCode("fisor-flow.json"),
                .embedInCode("fisor-hopper-velocity.json"),
                .embedInCode("fisor-paper.json"),
                .embedInCode("fisor-swimmer-velocity.json"),
                .embedInCode("fisor.json"),
                .embedInCode("grpo-alphaalign-raw.json"),
                .embedInCode("grpo-alphaalign-zero.json"),
                .embedInCode("grpo-alphaalign.json"),
                .embedInCode("grpo-gspr.json"),
                .embedInCode("grpo-guard-only.json"),
                .embedInCode("grpo-hub.json"),
                .embedInCode("grpo-hybrid.json"),
                .embedInCode("hcrlhf-hub.json"),
                .embedInCode("hcrlhf-smollm2.json"),
                .embedInCode("hcrlhf-tokens.json"),
                .embedInCode("hcrlhf.json"),
                .embedInCode("hopper-velocity.rules"),
                .embedInCode("icu-sepsis.rules"),
                .embedInCode("lspc.json"),
                .embedInCode("ogsrl-dsrl.json"),
                .embedInCode("ogsrl-icu-sepsis.json"),
                .embedInCode("ogsrl.json"),
                .embedInCode("point-mass.rules"),
                .embedInCode("point-robot.rules"),
                .embedInCode("ppo-lagrangian.json"),
                .embedInCode("ppo-pid.json"),
                .embedInCode("sac-lagrangian.json"),
                .embedInCode("trac.json"),
                .embedInCode("trpo-lagrangian.json"),
            ], swiftSettings: swift),

        // What times the others, beside the peers that they are compared with.
        .target(
            name: "SaferlBenchmarks",
            dependencies: safeRL + [
                "Agents", "Algorithms", "Environments", "LanguageModels", "MuJoCoEnvironments", "Rules",
                "Shields",
            ],
            path: "Benchmarks/Sources", swiftSettings: swift),

        // The command line, as a library (for a user's own environments) and as the executable.
        .target(
            name: "SaferlCommand",
            dependencies: safeRL + [
                "Agents", "Algorithms", "Alignment", "AssuranceCases", "Comparison", "Dynamics",
                "Environments", "EventFiles", "GymnasiumEnvironments", "LanguageModels", "ModelSafety",
                "MuJoCoEnvironments", "PolicyOptimisation", "Rules", "SaferlBenchmarks",
                "Shields", "Monitors", "ShippedConfigurations", "Solvers", "Assessments", "PolicyExport",
                "Serving", "Board", "Sweeps", "Availability", "PerturbablePhysics",
                "Parallel",
                "RuleExport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: swift),
        .executableTarget(
            name: "SaferlMain", dependencies: safeRL + ["CBuildInfo", "CMallocCounter", "SaferlCommand"],
            swiftSettings: swift),

        // A policy and its shield for C.
        .target(name: "CSaferlGuard", cSettings: c),
        .target(
            name: "SaferlGuard", dependencies: ["SafeRL", "SaferlCommand", "Shields"], swiftSettings: swift),

        // Programs of a user's own, as Examples/README.md lists them: tests run each. They see what another package would see;
        // the first is the package of README.md.
        .executableTarget(
            name: "corridor",
            dependencies: safeRL + [
                "Algorithms", "Environments", "GymnasiumEnvironments", "MuJoCoEnvironments", "SaferlCommand",
            ],
            path: "Examples/Corridor", exclude: ["mine.json"], packageAccess: false, swiftSettings: swift),
        .executableTarget(
            name: "guarding", dependencies: safeRL + ["Algorithms", "Environments"],
            path: "Examples/Guarding",
            packageAccess: false, swiftSettings: swift),
        .executableTarget(
            name: "from-data", dependencies: safeRL + ["Algorithms", "OffPolicyEvaluation"],
            path: "Examples/FromData", packageAccess: false, swiftSettings: swift),

        .executableTarget(
            name: "guarded-loop", dependencies: ["CSaferlGuard", "SaferlGuard"], path: "Examples/GuardedLoop",
            cSettings: c, linkerSettings: [.linkedLibrary("m")]),

        // Tests: one folder a target.
        .target(
            name: "CHDF5Fixtures", dependencies: ["CHDF5", "CHDF5Reader"], path: "Tests/CHDF5Fixtures",
            cSettings: c),
        .target(
            name: "TestSupport",
            dependencies: [
                "CHDF5Fixtures", "CMallocCounter", "CZlib", "Pictures", "Storage", "Tensors", "Verification",
            ],
            path: "Tests/TestSupport",
            swiftSettings: swift),
        // Called in slices by Tests/Campaigns/readers.py.
        .executableTarget(
            name: "reader-fuzz",
            dependencies: [
                "Alignment", "LanguageModels", "Rules", "Storage", "Tensors", "TestSupport", "Verification",
            ],
            path: "Tests/ReaderFuzz", swiftSettings: swift),
        // Reads the files of all others, and depends on none.
        .testTarget(name: "ArchitectureTests", swiftSettings: quickly),
        .testTarget(
            name: "RulesTests", dependencies: ["Rules", "Storage", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "RuleExportTests", dependencies: ["RuleExport", "Rules", "Storage", "Tensors"],
            swiftSettings: quickly),
        .testTarget(
            name: "AgentsTests",
            dependencies: [
                "Agents", "LanguageModels", "Networks", "Rules", "Storage", "Tensors", "TestSupport",
            ],
            swiftSettings: quickly),
        .testTarget(
            name: "SolversTests", dependencies: ["Rules", "Solvers", "Storage", "Tensors", "Verification"],
            swiftSettings: quickly),
        .testTarget(
            name: "AssuranceCasesTests",
            dependencies: ["AssuranceCases", "CZ3", "Solvers", "Storage", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(name: "StorageTests", dependencies: ["Storage", "TestSupport"], swiftSettings: quickly),
        .testTarget(
            name: "LanguageModelsTests", dependencies: safeRL + ["LanguageModels", "TestSupport"],
            swiftSettings: quickly
        ),
        .testTarget(
            name: "TensorsTests", dependencies: ["CKernels", "Tensors", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "NetworksTests", dependencies: ["Networks", "Tensors", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "PolicyOptimisationTests",
            dependencies: ["Networks", "PolicyOptimisation", "Tensors", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "ReplayTests", dependencies: ["Replay", "Storage", "Tensors", "TestSupport"],
            exclude: ["dsrl-tasks.csv"], swiftSettings: quickly),
        .testTarget(
            name: "PicturesTests", dependencies: ["Pictures", "Storage", "Tensors", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "AssessmentsTests",
            dependencies: safeRL + [
                "Assessments", "Availability", "Environments", "PerturbablePhysics", "Reliability",
                "TestSupport",
            ],
            swiftSettings: quickly),
        .testTarget(
            name: "PolicyExportTests",
            dependencies: safeRL + ["Algorithms", "Environments", "PolicyExport", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "MonitorsTests", dependencies: safeRL + ["Environments", "Monitors", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "AssuranceTests", dependencies: ["Assurance", "Storage", "Tensors", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "AlignmentTests", dependencies: ["Alignment", "Assurance", "Storage", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "EventFilesTests", dependencies: ["EventFiles", "Storage", "TestSupport"],
            exclude: ["read_events.py", "requirements-tensorboard.txt"], swiftSettings: quickly),
        .testTarget(
            name: "ComparisonTests", dependencies: ["Comparison", "Storage", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "SweepsTests", dependencies: ["Storage", "Sweeps", "Tensors", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "ParallelTests", dependencies: ["Parallel", "Storage", "Tensors", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "ReliabilityTests", dependencies: ["Assurance", "Reliability", "Tensors", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "AvailabilityTests",
            dependencies: ["Assurance", "Availability", "Reliability", "Storage", "Tensors", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "ModelSafetyTests",
            dependencies: [
                "Alignment", "Assurance", "LanguageModels", "ModelSafety", "Networks", "Storage", "Tensors",
                "TestSupport",
            ],
            swiftSettings: quickly),
        .testTarget(
            name: "ServingTests",
            dependencies: [
                "Alignment", "LanguageModels", "ModelSafety", "Serving", "Storage", "TestSupport",
            ],
            swiftSettings: quickly),
        .testTarget(
            name: "BoardTests", dependencies: ["Board", "Serving", "Storage", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "GuardiansTests", dependencies: ["Assurance", "Guardians", "Tensors", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "VerificationTests",
            dependencies: ["Assurance", "Networks", "Storage", "Tensors", "TestSupport", "Verification"],
            swiftSettings: quickly),
        .testTarget(
            name: "DynamicsTests", dependencies: safeRL + ["Dynamics", "TestSupport"], swiftSettings: quickly),
        .testTarget(
            name: "TabularModelsTests", dependencies: ["TabularModels", "Tensors", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "SafeRLTests",
            dependencies: safeRL + ["TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "ShieldsTests",
            dependencies: safeRL + ["Environments", "Rules", "Shields", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "EnvironmentsTests", dependencies: safeRL + ["Alignment", "Environments", "TestSupport"],
            swiftSettings: swift),
        .target(name: "CMuJoCoHeader", path: "Tests/CMuJoCoHeader", cSettings: c),
        .testTarget(
            name: "MuJoCoEnvironmentsTests",
            dependencies: safeRL + [
                "CMuJoCo", "CMuJoCoHeader", "MuJoCoEnvironments", "PerturbablePhysics", "SaferlBenchmarks",
                "TestSupport",
            ],
            swiftSettings: quickly),
        .testTarget(
            name: "GymnasiumEnvironmentsTests",
            dependencies: safeRL + ["GymnasiumEnvironments", "TestSupport"],
            swiftSettings: quickly),
        .testTarget(
            name: "OffPolicyEvaluationTests",
            dependencies: [
                "Assurance", "Guardians", "OffPolicyEvaluation", "Replay", "Storage", "Tensors",
                "TestSupport",
            ],
            swiftSettings: quickly),
        .testTarget(
            name: "AlgorithmsTests",
            dependencies: safeRL + [
                "Algorithms", "Availability", "Dynamics", "Environments", "LanguageModels",
                "OffPolicyEvaluation", "PolicyOptimisation", "SaferlBenchmarks", "TestSupport",
            ], swiftSettings: quickly),
        .testTarget(
            name: "BenchmarksTests",
            dependencies: safeRL + ["Rules", "SaferlBenchmarks", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "SaferlCommandTests",
            dependencies: safeRL + [
                "Algorithms", "AssuranceCases", "Dynamics", "Environments", "EventFiles",
                "GymnasiumEnvironments", "Sweeps",
                "LanguageModels",
                "MuJoCoEnvironments", "PolicyOptimisation", "SaferlBenchmarks", "SaferlCommand",
                "ShippedConfigurations", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["EarlierRuns", "Help"], swiftSettings: quickly),
    ]
)

// The programs of "saferl serve" and "saferl board", which alone need a package of sockets: without the variable nothing of it is
// fetched or compiled.
if Context.environment["SAFERL_SERVE"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"))
    package.targets.append(
        .target(
            name: "Sockets",
            dependencies: ["Serving", "Storage", .product(name: "FlyingSocks", package: "FlyingFox")],
            swiftSettings: swift))
    for (name, target) in [("saferl-serve", "SaferlServe"), ("saferl-board", "SaferlBoard")] {
        package.products.append(.executable(name: name, targets: [target]))
        package.targets.append(
            .executableTarget(
                name: target, dependencies: ["CBuildInfo", "SaferlCommand", "Serving", "Sockets", "Storage"],
                swiftSettings: swift))
    }
}

// Tests of some targets alone: SAFERL_TEST_TARGETS=TensorsTests,ReplayTests leaves what these need, so that no more is compiled.
if let wanted = Context.environment["SAFERL_TEST_TARGETS"]?.split(separator: ",").map(String.init) {
    var needed: Set<String> = []
    // Tests of commands run the programs, on which no test target depends.
    let programs =
        wanted.contains("SaferlCommandTests")
        ? ["SaferlMain", "corridor", "guarding", "from-data", "guarded-loop"] : []
    var open = wanted + programs
    while let name = open.popLast() {
        guard needed.insert(name).inserted, let target = package.targets.first(where: { $0.name == name })
        else { continue }
        open += target.dependencies.compactMap {
            switch $0 {
            case .targetItem(let name, _), .byNameItem(let name, _): name
            default: nil
            }
        }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = programs.isEmpty ? [] : [.executable(name: "saferl", targets: ["SaferlMain"])]
}
