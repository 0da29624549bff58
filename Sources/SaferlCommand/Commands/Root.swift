import ArgumentParser

/// `saferl`: the commands there are.
struct Root: ParsableCommand {
    // Computed, because the name is the program's own.
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Session.program,
            abstract: "Train and judge policies that keep to safety constraints.",
            discussion: """
                Start with "saferl train": it collects data in the built-in point robot task, trains FISOR on it and \
                reports how the policy does.

                Every error is one line on standard error that names the place, the cause and the remedy. Exit codes:
                  0    done
                  3    no solution found: the safety test did not pass, which is a result
                  64   arguments that no command understands
                  65   data or a checkpoint that cannot be used
                  66   a file that is missing or cannot be opened
                  70   a fault in saferl, or a number that is not finite
                  73   a file or folder that cannot be created
                  74   reading or writing failed, or a limit of the system is reached
                  78   a configuration that cannot be used
                  130  stopped by an interrupt (Ctrl-C), after a checkpoint; by a second one at once
                  143  stopped by a termination signal, likewise
                """,
            version: ProgramName.version,
            subcommands: [
                Train.self, Resume.self, Evaluate.self, Assess.self, AuditGroup.self, Certify.self,
                Verify.self,
                ReportCommand.self, Run.self,
                Answer.self,
                Chat.self, Serve.self, Agent.self,
                Benchmark.self, Compare.self, Plot.self, Watch.self, BoardCommand.self,
                Export.self, RunsGroup.self,
                SweepGroup.self,
                Collect.self,
                DataGroup.self,
                ConfigGroup.self, EnvGroup.self, GuardGroup.self, BoundGroup.self,
                ModelGroup.self, RewardGroup.self, Bench.self, Doctor.self, CompletionCommand.self,
            ])
    }
}
