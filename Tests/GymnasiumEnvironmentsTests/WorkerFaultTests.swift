import Foundation
import GymnasiumEnvironments
import SafeRL
import Testing

/// What goes wrong in a worker, and the one line that tells.
@Suite(.enabled(if: Fakes.isPythonHere)) struct WorkerFaultTests {
    @Test(
        arguments: [
            ("NoLimit", .unsupported, #"has no step limit. Say one: "python:fakes:NoLimit?steps=1000"."#),
            (
                "NoCost", .unsupported,
                #"info has no "cost", so nothing can be said about safety. If the task has no costs, say so: "#
                    + #""python:fakes:NoCost?cost=none"."#
            ),
            (
                "Walk?cost=none", .unsupported,
                #"info has a "cost" although none was declared. Leave "cost=none" away."#
            ),
            (
                "Unbounded", .unsupported,
                "element 1 of the action is bounded by -inf and 1.0; only finite bounds can be scaled to."
            ),
            ("Parts", .unsupported, "the observation space is a Dict_; saferl knows Box and Discrete."),
            ("Long", .unsupported, "an observation has 3 values, its space 2."),
            (
                "Raising", .raised,
                "step raised ValueError: bad angle (fakes.py, line 171). Its last line was: the joint is loose"
            ),
            ("Unmakeable", .raised, "its start raised OSError: no such model (fakes.py, line 177)."),
            ("Leaving", .raised, "step raised SystemExit: gone (fakes.py, line 184)."),
            (
                "Crashing", .lost,
                "the worker was ended by signal 6 during step. Its last line was: about to crash"
            ),
            (
                "Hanging?timeout=0.3", .lost,
                "the worker did not answer within 0.3 s during step. Allow more with \"timeout=\". "
                    + "Its last line was: thinking"
            ),
            (
                "TwoCosts?steps=9", .unsupported,
                #"info has no "cost", but "cost_far", "cost_left". Name the costs that count, for example "#
                    + #""python:fakes:TwoCosts?steps=9&costs=far,left"."#
            ),
            (
                "TwoCosts?costs=far,rigth", .unsupported,
                #"info has no "cost_rigth", but "cost_far", "cost_left". Name the costs that count, for example "#
                    + #""python:fakes:TwoCosts?costs=far,left"."#
            ),
            (
                "Declared?cost=none", .unsupported,
                #"it declares costs although none were expected. Leave "cost=none" away."#
            ),
            (
                "Misdeclared", .unsupported,
                #"its cost channels: "Left" is no name; use 1 to 24 of a-z, 0-9, - and _."#
            ),
            ("Overstated", .unsupported, "1 largest costs for 2 cost channels."),
            ("TwoRewards", .unsupported, "the reward has 2 values where one is expected."),
            ("Absent", .unknown, "the module fakes has no Absent."),
        ] as [(String, WorkerError.Cause, String)])
    func afaultIsOneLine(_ kind: String, _ expected: WorkerError.Cause, _ message: String) throws {
        let fault = try #require(Fakes.failure { try Fakes.make(kind) })
        #expect(fault.cause == expected)
        #expect(fault.description == "python:fakes:\(kind): \(message)")
        #expect(!fault.description.contains("\n"))
    }

    @Test(arguments: [
        ("bullet:X?cost=maybe", #""cost=maybe": must be "none" or "required"."#),
        ("bullet:X?stps=3", #""stps": unknown option. Did you mean "steps"?"#),
        ("bullet:X?steps=0", #""steps=0": must be a whole number above 0."#),
        ("bullet:X?timeout=-1", #""timeout=-1": must be seconds above 0, at most 86400."#),
        ("bullet:X?reset=never", #""reset=never": must be "fresh" or "reuse"."#),
        ("bullet:X?costs=", #""costs=": "" is no name; use 1 to 24 of a-z, 0-9, - and _."#),
        ("bullet:X?costs=a,a", #""costs=a,a": "a" stands there twice."#),
        (
            "bullet:X?costs=a&cost=none",
            #""costs=" names costs and "cost=none" says that there are none."#
        ),
        ("bullet:", "no id after the colon."),
        (
            "dsrl:OfflinePointGoal1-v0",
            #"no DSRL task. Did you mean "dsrl:OfflinePointGoal1Gymnasium-v0"?"#
        ),
        ("dsrl:BalRun", #"no DSRL task. Did you mean "dsrl:BallRun"?"#),
    ])
    func aNameIsReadStrictly(_ name: String, _ message: String) {
        let fault = #expect(throws: WorkerError.self) {
            try GymnasiumEnvironment(name, .init(), launch: Fakes.launch())
        }
        #expect(fault?.description == "\(name): \(message)")
        #expect(fault?.cause == .unknown)
    }

    @Test func pythonThatIsNotThereIsNamed() {
        let launch = WorkerLaunch(python: "/nowhere/python")
        let fault = #expect(throws: WorkerError.self) {
            try GymnasiumEnvironment("bullet:SafetyBallRun-v0", .init(), launch: launch)
        }
        #expect(
            fault?.description
                == "bullet:SafetyBallRun-v0: Python cannot be started: No such file or directory. "
                + #"Call "saferl env setup gymnasium --suite bullet"."#)
        #expect(fault?.cause == .notSetUp)
    }

    /// A worker that answers the first request with so many bytes.
    private static func answering(_ expression: String) -> String {
        """
        import os, struct, json
        size = struct.unpack("<I", os.read(0, 4))[0]
        while size > 0: size -= len(os.read(0, size))
        hello = dict(protocol=2, costNames=["cost"], python="3", packages={}, timeLimit=5, slots=1,
            observation=dict(kind="box", low=[0], high=[1]), action=dict(kind="box", low=[-1], high=[1]))
        def frame(kind, payload): return struct.pack("<IB", len(payload) + 1, kind) + payload
        os.write(1, \(expression))
        os.read(0, 1 << 16)
        def main(): pass
        """
    }

    @Test(arguments: [
        ("b'Hello, I am a banner'", "the worker sent a frame of kind 111 during its start."),
        (
            "struct.pack('<IB', 0xFFFFFFFF, 0)",
            "the worker sent a frame of 4294967294 bytes where at most 16777216 are possible during its start."
        ),
        (
            "struct.pack('<IB', 0, 0)",
            "the worker sent a frame of -1 bytes where at most 16777216 are possible during its start."
        ),
        ("frame(0, b'{')", "the worker sent its handshake is not JSON during its start."),
        ("frame(0, b'{}')", "its worker speaks version unknown of the protocol, saferl 2."),
        (
            "frame(0, json.dumps({**hello, 'protocol': 3}).encode())",
            "its worker speaks version 3 of the protocol, saferl 2."
        ),
        (
            "frame(0, json.dumps({**hello, 'action': 3}).encode())",
            "the worker sent a handshake without spaces during its start."
        ),
        ("frame(255, b'oops')", "the worker sent a fault that is not JSON during its start."),
        ("frame(0, b'x' * 9)[:7]); os._exit(0", "the worker exited with 0 during its start."),
        (
            "frame(0, json.dumps(hello).encode()) + frame(1, b'12345678')",
            "the worker sent a frame of 8 bytes where at most 4 are possible during reset."
        ),
        (
            "frame(0, json.dumps(hello).encode()) + frame(1, b'')",
            "the worker sent a reply of 0 bytes instead of 4 during reset."
        ),
        (
            "frame(0, json.dumps(hello).encode()) + frame(2, b'1234')",
            "the worker sent a frame of kind 2 during reset."
        ),
    ])
    func garbageIsNoReply(_ expression: String, _ message: String) throws {
        let fault = try #require(Fakes.failure { try Fakes.worker(Self.answering(expression)) })
        #expect(fault.description == "python:fakes:Walk?timeout=1: \(message)")
    }

    @Test func aWorkerEndsWithItsEnvironmentWhichItMayCloseFirst() throws {
        let mark = FileManager.default.temporaryDirectory.appending(path: "closed-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: mark) }
        let identifiers: [Int32]
        do {
            let environment = try Fakes.make("Walk", slots: 2, workers: 2, ["FAKE_CLOSED": mark])
            identifiers = environment.processIdentifiers
            #expect(identifiers.allSatisfy(Fakes.isRunning))
            withExtendedLifetime(environment) {}
        }
        #expect(!identifiers.contains(where: Fakes.isRunning))
        #expect(FileManager.default.fileExists(atPath: mark))
    }

    @Test func aWorkerThatIsKilledBetweenRequestsIsMissed() throws {
        let environment = try Fakes.make("Walk", slots: 2)
        var episodes = Episodes(environment)
        try episodes.reset()
        kill(environment.processIdentifiers[0], SIGKILL)
        let fault = #expect(throws: WorkerError.self) { try episodes.step() }
        #expect(fault?.description == "python:fakes:Walk: the worker was ended by signal 9 during step.")
        try environment.recover(from: try #require(fault))
        try episodes.reset()
        try episodes.step()
    }

    @Test func whatWouldHappenAgainIsNotRetried() throws {
        let environment = try Fakes.make("NoCost")
        let error = WorkerError(.unsupported, "x", "y")
        #expect(throws: error) { try environment.recover(from: error) }
    }
}
