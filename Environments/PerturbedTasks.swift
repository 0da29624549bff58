import PerturbablePhysics

extension PointRobot: PerturbableEnvironment {
    /// Mass, which a push is divided by.
    ///
    /// The turn rate is steered, whatever the robot weighs, and nothing rubs.
    public static var quantities: [PhysicalQuantity] { [.mass] }

    /// Divides acceleration by the factor of mass.
    public mutating func obey(_ factors: PhysicalFactors) { mass = factors.mass }
}

extension PointMass: PerturbableEnvironment {
    /// Mass, and friction of the ground on the track and beside it.
    public static var quantities: [PhysicalQuantity] { [.mass, .friction] }

    /// Changes the law of motion; the support of the recorded behaviour stays that of the law as it is.
    public mutating func obey(_ factors: PhysicalFactors) { self.factors = factors }
}
