extension DSRLTask {
    /// All 38 tasks of the benchmark, in the order of its table: Bullet, safety-gymnasium, MetaDrive.
    ///
    /// - SeeAlso: Liu et al. 2023, arXiv:2306.09303.
    public static let all: [DSRLTask] = bullet + navigation + velocity + metaDrive

    private static let bullet: [DSRLTask] = [
        DSRLTask(
            "OfflineAntCircle-v0", .bullet, 34, 8, steps: 500,
            rewards: 0.0177031010389328...460.7091979980469, costs: 0...200,
            trajectories: 5728, "SafetyAntCircle-v0-200-5728.hdf5"),
        DSRLTask(
            "OfflineAntRun-v0", .bullet, 33, 8, steps: 200,
            rewards: 0.001767391717990563...955.4818725585938, costs: 0...150,
            trajectories: 1816, "SafetyAntRun-v0-150-1816.hdf5"),
        DSRLTask(
            "OfflineBallCircle-v0", .bullet, 8, 2, steps: 200,
            rewards: 0.38312244415283203...881.46337890625, costs: 0...80,
            trajectories: 886, "SafetyBallCircle-v0-80-886.hdf5"),
        DSRLTask(
            "OfflineBallRun-v0", .bullet, 7, 2, steps: 100,
            rewards: 26.339754104614258...1327.445556640625, costs: 0...80,
            trajectories: 940, "SafetyBallRun-v0-80-940.hdf5"),
        DSRLTask(
            "OfflineCarCircle-v0", .bullet, 8, 2, steps: 300,
            rewards: 3.484419822692871...534.3060913085938, costs: 0...100,
            trajectories: 1450, "SafetyCarCircle-v0-100-1450.hdf5"),
        DSRLTask(
            "OfflineCarRun-v0", .bullet, 7, 2, steps: 200,
            rewards: 204.28726196289062...574.6533203125, costs: 0...40,
            trajectories: 651, "SafetyCarRun-v0-40-651.hdf5"),
        DSRLTask(
            "OfflineDroneCircle-v0", .bullet, 18, 4, steps: 300,
            rewards: 207.794189453125...996.38916015625, costs: 0...100,
            trajectories: 1923, "SafetyDroneCircle-v0-100-1923.hdf5"),
        DSRLTask(
            "OfflineDroneRun-v0", .bullet, 17, 4, steps: 200,
            rewards: 10.557029724121094...682.8330078125, costs: 0...140,
            trajectories: 1990, "SafetyDroneRun-v0-140-1990.hdf5"),
    ]

    private static let navigation: [DSRLTask] = [
        DSRLTask(
            "OfflineCarButton1Gymnasium-v0", .safetyGymnasium, 88, 2, steps: 1000,
            rewards: 0.0028926206826067613...44.420003345738984, costs: 0...250,
            trajectories: 2656, "SafetyCarButton1Gymnasium-v0-250-2656.hdf5"),
        DSRLTask(
            "OfflineCarButton2Gymnasium-v0", .safetyGymnasium, 88, 2, steps: 1000,
            rewards: 0.001767391717990563...41.99513815522894, costs: 0...300,
            trajectories: 3755, "SafetyCarButton2Gymnasium-v0-300-3755.hdf5"),
        DSRLTask(
            "OfflineCarCircle1Gymnasium-v0", .safetyGymnasium, 40, 2, steps: 500,
            rewards: 8.037073135375977...24.94155502319336, costs: 0...250,
            trajectories: 1271, "SafetyCarCircle1Gymnasium-v0-250-1271.hdf5"),
        DSRLTask(
            "OfflineCarCircle2Gymnasium-v0", .safetyGymnasium, 40, 2, steps: 500,
            rewards: 5.113386154174805...25.950098037719727, costs: 0...398,
            trajectories: 940, "SafetyCarCircle2Gymnasium-v0-400-940.hdf5"),
        DSRLTask(
            "OfflineCarGoal1Gymnasium-v0", .safetyGymnasium, 72, 2, steps: 1000,
            rewards: 0.012232819540852091...39.907809198384705, costs: 0...120,
            trajectories: 1671, "SafetyCarGoal1Gymnasium-v0-120-1671.hdf5"),
        DSRLTask(
            "OfflineCarGoal2Gymnasium-v0", .safetyGymnasium, 72, 2, steps: 1000,
            rewards: 0.001032874531954775...28.902897990056502, costs: 0...200,
            trajectories: 4105, "SafetyCarGoal2Gymnasium-v0-200-4105.hdf5"),
        DSRLTask(
            "OfflineCarPush1Gymnasium-v0", .safetyGymnasium, 88, 2, steps: 1000,
            rewards: 0.013700173533941762...16.304467598905237, costs: 0...200,
            trajectories: 2871, "SafetyCarPush1Gymnasium-v0-200-2871.hdf5"),
        DSRLTask(
            "OfflineCarPush2Gymnasium-v0", .safetyGymnasium, 88, 2, steps: 1000,
            rewards: 0.00029391133526335267...15.141648491514314, costs: 0...250,
            trajectories: 4407, "SafetyCarPush2Gymnasium-v0-250-4407.hdf5"),
        DSRLTask(
            "OfflinePointButton1Gymnasium-v0", .safetyGymnasium, 76, 2, steps: 1000,
            rewards: 0.008822109034937853...41.19301568767707, costs: 0...200,
            trajectories: 2268, "SafetyPointButton1Gymnasium-v0-200-2268.hdf5"),
        DSRLTask(
            "OfflinePointButton2Gymnasium-v0", .safetyGymnasium, 76, 2, steps: 1000,
            rewards: 0.014114166087574098...42.8985953616709, costs: 0...250,
            trajectories: 3288, "SafetyPointButton2Gymnasium-v0-250-3288.hdf5"),
        DSRLTask(
            "OfflinePointCircle1Gymnasium-v0", .safetyGymnasium, 28, 2, steps: 500,
            rewards: 20.067626953125...61.72819519042969, costs: 0...200,
            trajectories: 1098, "SafetyPointCircle1Gymnasium-v0-200-1098.hdf5"),
        DSRLTask(
            "OfflinePointCircle2Gymnasium-v0", .safetyGymnasium, 28, 2, steps: 500,
            rewards: 20.478347778320312...54.02184295654297, costs: 0...299,
            trajectories: 895, "SafetyPointCircle2Gymnasium-v0-300-895.hdf5"),
        DSRLTask(
            "OfflinePointGoal1Gymnasium-v0", .safetyGymnasium, 60, 2, steps: 1000,
            rewards: 0.01196012764197707...30.071114857340543, costs: 0...100,
            trajectories: 2022, "SafetyPointGoal1Gymnasium-v0-100-2022.hdf5"),
        DSRLTask(
            "OfflinePointGoal2Gymnasium-v0", .safetyGymnasium, 60, 2, steps: 1000,
            rewards: 0.002616959830266108...27.717709787852737, costs: 0...200,
            trajectories: 3442, "SafetyPointGoal2Gymnasium-v0-200-3442.hdf5"),
        DSRLTask(
            "OfflinePointPush1Gymnasium-v0", .safetyGymnasium, 76, 2, steps: 1000,
            rewards: 0.0014001545292344209...16.518654299293367, costs: 0...150,
            trajectories: 2379, "SafetyPointPush1Gymnasium-v0-150-2379.hdf5"),
        DSRLTask(
            "OfflinePointPush2Gymnasium-v0", .safetyGymnasium, 76, 2, steps: 1000,
            rewards: 0.0012438183001730607...14.691039145644403, costs: 0...200,
            trajectories: 3242, "SafetyPointPush2Gymnasium-v0-200-3242.hdf5"),
    ]

    private static let velocity: [DSRLTask] = [
        DSRLTask(
            "OfflineAntVelocityGymnasium-v1", .safetyGymnasium, 27, 8, steps: 1000,
            rewards: 6.1519012451171875...2976.276611328125, costs: 0...250,
            trajectories: 2249, "SafetyAntVelocityGymnasium-v1-250-2249.hdf5"),
        DSRLTask(
            "OfflineHalfCheetahVelocityGymnasium-v1", .safetyGymnasium, 17, 6, steps: 1000,
            rewards: 5.7509765625...2806.93310546875, costs: 0...250,
            trajectories: 2495, "SafetyHalfCheetahVelocityGymnasium-v1-250-2495.hdf5"),
        DSRLTask(
            "OfflineHopperVelocityGymnasium-v1", .safetyGymnasium, 11, 3, steps: 1000,
            rewards: 37.05154800415039...1911.396728515625, costs: 0...250,
            trajectories: 2240, "SafetyHopperVelocityGymnasium-v1-250-2240.hdf5"),
        DSRLTask(
            "OfflineSwimmerVelocityGymnasium-v1", .safetyGymnasium, 8, 2, steps: 1000,
            rewards: 0.07114458084106445...238.95831298828125, costs: 0...200,
            trajectories: 1686, "SafetySwimmerVelocityGymnasium-v1-200-1686.hdf5"),
        DSRLTask(
            "OfflineWalker2dVelocityGymnasium-v1", .safetyGymnasium, 17, 6, steps: 1000,
            rewards: 18.668498992919922...3418.223876953125, costs: 0...300,
            trajectories: 2729, "SafetyWalker2dVelocityGymnasium-v1-300-2729.hdf5"),
    ]

    private static let metaDrive: [DSRLTask] = [
        DSRLTask(
            "OfflineMetadrive-easysparse-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 20.094310760498047...425.8006286621094,
            costs: 0.00025356505648232996...82.42418670654297,
            trajectories: 1000, "SafeMetaDrive-easysparse-v0-85-1000.hdf5"),
        DSRLTask(
            "OfflineMetadrive-easymean-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 22.142553329467773...425.82440185546875, costs: 0...82.38601684570312,
            trajectories: 1000, "SafeMetaDrive-easymean-v0-85-1000.hdf5"),
        DSRLTask(
            "OfflineMetadrive-easydense-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 19.71139144897461...425.81732177734375, costs: 0...80.36358642578125,
            trajectories: 1000, "SafeMetaDrive-easydense-v0-85-1000.hdf5"),
        DSRLTask(
            "OfflineMetadrive-mediumsparse-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 17.446578979492188...269.80084228515625, costs: 0...46.46459197998047,
            trajectories: 1000, "SafeMetaDrive-mediumsparse-v0-50-1000.hdf5"),
        DSRLTask(
            "OfflineMetadrive-mediummean-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 17.032529830932617...269.8221435546875, costs: 0...46.46154022216797,
            trajectories: 1000, "SafeMetaDrive-mediummean-v0-50-1000.hdf5"),
        DSRLTask(
            "OfflineMetadrive-mediumdense-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 15.102348327636719...269.7813415527344, costs: 0...46.45858383178711,
            trajectories: 1000, "SafeMetaDrive-mediumdense-v0-50-1000.hdf5"),
        DSRLTask(
            "OfflineMetadrive-hardsparse-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 17.247974395751953...486.80523681640625, costs: 0...85.010009765625,
            trajectories: 1000, "SafeMetaDrive-hardsparse-v0-85-1000.hdf5"),
        DSRLTask(
            "OfflineMetadrive-hardmean-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 19.387981414794922...486.9967956542969,
            costs: 0.00033149970113299787...84.33995056152344,
            trajectories: 1000, "SafeMetaDrive-hardmean-v0-85-1000.hdf5"),
        DSRLTask(
            "OfflineMetadrive-harddense-v0", .metaDrive, 261, 2, steps: 1000,
            rewards: 15.386894226074219...486.63616943359375, costs: 0...84.76679229736328,
            trajectories: 1000, "SafeMetaDrive-harddense-v0-85-1000.hdf5"),
    ]
}
