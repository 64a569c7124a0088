"""Scene of a grasp: a Panda with a parallel-jaw hand, a table, and one object on it."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from pathlib import Path

import mujoco
import numpy as np

from yingshe.applications.robots.grasp.tasks import (
    MAX_OPENING,
    PAD_HEIGHT,
    PALM_LENGTH,
    Object,
)
from yingshe.applications.robots.rotations import quaternion_about_z

PANDA = Path(__file__).parents[1] / "arm" / "panda.xml"
NUM_JOINTS = 7
HOME = (0.0, -0.6, 0.0, -2.4, 0.0, 1.8, np.pi / 4)
"""Joint angles with the hand above the table, pointing down, rad."""
TIME_STEP = 0.004
"""Time step of the simulation, s."""
GRIP_FORCE = 14.0
"""Force of each finger, N."""
FOOT = (0.75, 0.3, 0.1)
"""Size of the flat foot of round objects, as a fraction of the object's."""
_LIMITS = (87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0)  # N m, the manufacturer's
_STIFFNESS, _DAMPING = 20.0, 1.5  # of the position servos, in torque limits per rad and per rad/s
_FRICTION = (0.7, 0.005, 0.0002)  # rubber: sliding; torsional and rolling, m
_OBJECT, _TABLE, _HAND = 1, 2, 4  # collision bits
_STEEL, _RUBBER, _WOOD = (0.35, 0.38, 0.42, 1), (0.12, 0.13, 0.15, 1), (0.86, 0.80, 0.70, 1)
_PAINT = (0.76, 0.25, 0.05, 1)


def make_scene(object_: Object, finger_length: float) -> mujoco.MjModel:
    """Compile the scene of a grasp.

    Generalized positions are seven joints, two fingers, then position and quaternion of the object.
    Controls are seven joint angles (rad) and half the opening of the fingers (m); each finger
    presses with `GRIP_FORCE` at most.

    Args:
        object_: Object on the table.
        finger_length: Length of the fingers, m.

    Returns:
        The MuJoCo model.
    """
    spec = mujoco.MjSpec.from_file(str(PANDA))
    spec.option.timestep = TIME_STEP
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0
    spec.option.noslip_iterations = 5  # without them a held object creeps
    spec.option.tolerance = 1e-6
    for body in spec.bodies[1:]:
        body.gravcomp = 1.0  # like the controller of the real arm
    spec.geoms[0].pos = [0, 0, -0.4]
    _add_table(spec)
    _add_hand(spec, finger_length)
    _add_object(spec, object_)
    for i, limit in enumerate(_LIMITS):
        servo = spec.add_actuator(
            name=f"joint{i + 1}", target=f"joint{i + 1}", trntype=mujoco.mjtTrn.mjTRN_JOINT
        )
        servo.gainprm[0] = _STIFFNESS * limit
        servo.biastype = mujoco.mjtBias.mjBIAS_AFFINE
        servo.biasprm[1], servo.biasprm[2] = -_STIFFNESS * limit, -_DAMPING * limit
        servo.forcelimited, servo.forcerange = mujoco.mjtLimited.mjLIMITED_TRUE, [-limit, limit]
    _add_grip(spec)
    return spec.compile()


def _add_table(spec: mujoco.MjSpec) -> None:
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.45, 0.5, 0.02], pos=[0.35, 0, -0.02],
        rgba=_WOOD, contype=_TABLE, conaffinity=_HAND, friction=[0.5, 0.005, 0.0005], condim=4,
    )  # fmt: skip


def _add_hand(spec: mujoco.MjSpec, finger_length: float) -> None:
    flange = next(site for site in spec.sites if site.name == "flange")
    hand = flange.parent.add_body(
        name="hand", pos=flange.pos, quat=quaternion_about_z(-np.pi / 4), gravcomp=1.0
    )
    hand.add_site(name="hand")
    box, collides = mujoco.mjtGeom.mjGEOM_BOX, {"contype": _HAND, "conaffinity": 0}
    hand.add_geom(
        type=box, size=[0.025, 0.095, PALM_LENGTH / 2], pos=[0, 0, PALM_LENGTH / 2],
        mass=0.6, rgba=_STEEL, **collides,
    )  # fmt: skip
    for name, side in (("left", 1), ("right", -1)):
        finger = hand.add_body(name=name, pos=[0, 0, PALM_LENGTH], gravcomp=1.0)
        finger.add_joint(
            name=name, type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[0, side, 0], damping=20.0,
            armature=0.1, limited=mujoco.mjtLimited.mjLIMITED_TRUE, range=[0, MAX_OPENING / 2],
        )  # fmt: skip
        half = finger_length / 2
        finger.add_geom(
            type=box, size=[0.009, 0.005, half], pos=[0, side * 0.011, half], mass=0.05,
            rgba=_STEEL, contype=0, conaffinity=0,
        )  # fmt: skip
        finger.add_geom(
            type=box, size=[0.007, 0.004, PAD_HEIGHT / 2],
            pos=[0, side * 0.004, finger_length - PAD_HEIGHT / 2], mass=0.01, rgba=_RUBBER,
            friction=_FRICTION, condim=4, priority=1, **collides,
        )  # fmt: skip
    coupled = spec.add_equality(
        type=mujoco.mjtEq.mjEQ_JOINT, name1="left", name2="right",
        objtype=mujoco.mjtObj.mjOBJ_JOINT, solref=[0.01, 1],
    )  # fmt: skip
    coupled.data[:5] = [0, 1, 0, 0, 0]


def _add_grip(spec: mujoco.MjSpec) -> None:
    grip = spec.add_actuator(name="grip", target="left", trntype=mujoco.mjtTrn.mjTRN_JOINT)
    # One position servo of limited force drives both fingers, because they are coupled.
    grip.gainprm[0] = 4000.0
    grip.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    grip.biasprm[1], grip.biasprm[2] = -4000.0, -80.0
    grip.forcelimited, grip.forcerange = (
        mujoco.mjtLimited.mjLIMITED_TRUE,
        [-2 * GRIP_FORCE, 2 * GRIP_FORCE],
    )


def _add_object(spec: mujoco.MjSpec, object_: Object) -> None:
    half = np.array([object_.length, object_.width, object_.height]) / 2
    body = spec.worldbody.add_body(
        name="object", pos=[object_.x, object_.y, half[2]],
        quat=quaternion_about_z(object_.yaw),
    )  # fmt: skip
    body.add_freejoint()
    body.explicitinertial = True
    body.mass, body.ipos = object_.mass, [object_.com_offset * half[0], 0, 0]
    square = half**2 / 3
    body.inertia = object_.mass * (square.sum() - square)
    properties = {"rgba": _PAINT, "contype": _OBJECT, "conaffinity": _TABLE | _HAND, "condim": 4}
    properties["friction"] = [0.5, 0.005, 0.0005]
    if object_.shape == "box":
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=half, **properties)
    elif object_.shape == "cylinder":
        lying = [np.sqrt(0.5), 0, np.sqrt(0.5), 0]
        size = [half[1], half[0], 0]
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_CYLINDER, size=size, quat=lying, **properties)
    else:
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_ELLIPSOID, size=half, **properties)
    if object_.shape != "box":
        # Without a flat foot, round objects would roll away or tip over to their heavy end.
        foot = half * FOOT
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX, size=foot, pos=[0, 0, foot[2] - half[2]], **properties
        )
