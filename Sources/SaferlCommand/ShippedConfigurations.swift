// Written by the test `theShippedConfigurationsAreTheFilesInConfigs` when SAFERL_UPDATE=1 is set:
// edit Configs/ instead.

/// The configurations in `Configs/`, inside the binary, so that it works alone.
package enum ShippedConfigurations {
    /// The one that `saferl train` uses when it is given none.
    package static let standard = "fisor.json"

    /// Text by file name.
    package static let texts: [String: String] = [
        "fisor-ball-circle.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "../shared/data/dsrl/SafetyBallCircle-v0-collected-80-886.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 26000,
            "log": 200,
            "checkpoint": 2000
          },
          "evaluation": {
            "episodes": 20
          },
          "fisor": {
            "criticsFirst": 20000,
            "policyRows": 256,
            "policyDecayUpdates": 12000,
            "policyTargetRate": 0.005
          }
        }

        """#,
        "fisor-ball-run.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "../shared/data/dsrl/SafetyBallRun-v0-collected-80-940.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 26000,
            "log": 200,
            "checkpoint": 2000
          },
          "evaluation": {
            "episodes": 20
          },
          "fisor": {
            "criticsFirst": 20000,
            "policyRows": 256,
            "policyDecayUpdates": 12000,
            "policyTargetRate": 0.005
          }
        }

        """#,
        "fisor-car-run.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "../shared/data/dsrl/SafetyCarRun-v0-collected-40-651.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 26000,
            "log": 200,
            "checkpoint": 2000
          },
          "evaluation": {
            "episodes": 20
          },
          "fisor": {
            "criticsFirst": 20000,
            "policyRows": 256,
            "policyDecayUpdates": 12000,
            "policyTargetRate": 0.005
          }
        }

        """#,
        "fisor-hopper-velocity.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "../shared/data/dsrl/SafetyHopperVelocityGymnasium-v1-collected-250-900.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 26000,
            "log": 200,
            "checkpoint": 2000
          },
          "evaluation": {
            "episodes": 20
          },
          "fisor": {
            "criticsFirst": 20000,
            "policyRows": 256,
            "policyDecayUpdates": 12000,
            "policyTargetRate": 0.005
          }
        }

        """#,
        "fisor-paper.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "dataset.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 1000001,
            "log": 1000,
            "checkpoint": 10000
          },
          "evaluation": {
            "episodes": 20
          }
        }

        """#,
        "fisor-swimmer-velocity.json": #"""
        {
          "algorithm": "fisor",
          "data": {
            "file": "../shared/data/dsrl/SafetySwimmerVelocityGymnasium-v1-collected-200-280.hdf5",
            "rewards": "task"
          },
          "schedule": {
            "steps": 26000,
            "log": 200,
            "checkpoint": 2000
          },
          "evaluation": {
            "episodes": 20
          },
          "fisor": {
            "criticsFirst": 20000,
            "policyRows": 256,
            "policyDecayUpdates": 12000,
            "policyTargetRate": 0.005
          }
        }

        """#,
        "fisor.json": #"""
        {
          "algorithm": "fisor",
          "environment": "point-robot",
          "schedule": {
            "steps": 12000,
            "log": 100,
            "checkpoint": 2000
          },
          "evaluation": {
            "environment": "point-robot-feasible",
            "episodes": 100
          },
          "fisor": {
            "constraint": "stored",
            "timeouts": "bootstrap",
            "rewardTemperature": 5,
            "feasibilityTemperature": 2,
            "policyRows": 128,
            "policyDecayUpdates": 24000,
            "width": 128,
            "blocks": 2,
            "candidates": 8,
            "choice": "most-rewarding-safe"
          }
        }

        """#,
    ]
}
