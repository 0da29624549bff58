// Runs of algorithms that learn by acting, and the names of what they act in.
extension BadInput {
    static let acting: [BadInput] = [
        configuration(
            "acting in nothing", #"{"algorithm": "cpo", "environment": ""}"#,
            #"my.json:1:37: environment = "": is needed: cpo learns by acting. Name one; saferl env list shows them."#
        ),
        configuration(
            "acting on a file", #"{"algorithm": "sac-lagrangian", "data": {"file": "a.hdf5"}}"#,
            #"my.json:1:50: data.file = "a.hdf5": is not read: sac-lagrangian learns by acting. Write ""."#),
        configuration(
            "acting on a file in an environment",
            #"{"algorithm": "ppo-pid", "environment": "point-mass", "data": {"file": "a.hdf5"}}"#,
            #"my.json:1:72: data.file = "a.hdf5": is not read: ppo-pid learns by acting. Write ""."#),
        configuration(
            "steps that slots cannot share",
            #"{"algorithm": "sac-lagrangian", "environment": "point-mass", "sac-lagrangian": {"rollout": {"slots": 3}}}"#,
            "my.json: sac-lagrangian.rollout.steps: 2000 cannot be shared out among 3 slots. Write 1998."),
        configuration(
            "a warm-up beyond the buffer",
            #"{"algorithm": "sac-lagrangian", "environment": "point-mass", "sac-lagrangian": {"buffer": 100}}"#,
            "my.json: sac-lagrangian.warmUp: 5000 steps do not fit into a buffer of 100. Write at most 100."),
        configuration(
            "a step of no rows", #"{"algorithm": "sac-lagrangian", "sac-lagrangian": {"rows": 0}}"#,
            "my.json:1:60: sac-lagrangian.rows = 0: must be a whole number from 1 to 1000000. The default is 256."
        ),
        usage(
            "a level that no task has", ["env", "check", "mujoco:SafetyAntLift-v1?level=4"],
            #"mujoco:SafetyAntLift-v1?level=4: unknown task. What follows "?" is level=1, level=2 or level=3."#
        ),
        usage(
            "a task that no robot has", ["env", "check", "mujoco:SafetyHopperLift-v1"],
            #"mujoco:SafetyHopperLift-v1: unknown task. Did you mean "mujoco:SafetyHopperHeight-v1"?"#),
    ]
}
