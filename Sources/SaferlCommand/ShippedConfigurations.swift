// Written by the test `theShippedConfigurationsAreTheFilesInConfigs` when SAFERL_UPDATE=1 is set:
// edit Configs/ instead.

/// The configurations in `Configs/`, inside the binary, so that it works alone.
package enum ShippedConfigurations {
    /// The one that `saferl train` uses when it is given none.
    package static let standard = "fisor.json"

    /// Text by file name.
    package static let texts: [String: String] = [
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
        "fisor.json": #"""
        {
          "algorithm": "fisor",
          "environment": "point-robot"
        }

        """#,
    ]
}
