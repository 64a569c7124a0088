"""Preparation of an MJCF model as an arm: chosen joints, a payload body, no contacts."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from collections.abc import Sequence
from pathlib import Path

import mujoco

from yingshe.errors import UserError, did_you_mean

PAYLOAD = "payload"


def read_spec(path: Path) -> mujoco.MjSpec:
    """Read an MJCF file; raise UserError where it is missing or MuJoCo cannot read it."""
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    try:
        return mujoco.MjSpec.from_file(str(path))
    except ValueError as error:
        raise UserError(f"{path} is not a model that MuJoCo can read: {error}.") from error


def compile_spec(spec: mujoco.MjSpec, path: Path) -> mujoco.MjModel:
    """Compile the model of an arm; raise UserError where it cannot be used as one."""
    try:
        model = spec.compile()
    except ValueError as error:
        raise UserError(f"{path} cannot be used as an arm: {error}.") from error
    unlock_payload(model)
    return model


def unlock_payload(model: mujoco.MjModel) -> None:
    """Allow the payload's center of mass to move after compilation.

    MuJoCo takes a body that is compiled with its mass at its origin to keep it there.
    """
    model.body_sameframe[model.body(PAYLOAD).id] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE


def select_joints(spec: mujoco.MjSpec, joints: Sequence[str]) -> None:
    """Remove all joints but the named ones, joint limits, contacts, actuators and sensors."""
    names = [joint.name for joint in spec.joints]
    for name in joints:
        if name not in names:
            raise UserError(f"There is no joint '{name}'." + did_you_mean(name, names))
    for element in [*spec.actuators, *spec.sensors, *spec.keys, *spec.equalities, *spec.tendons]:
        element.delete()
    for joint in list(spec.joints):
        if joint.name not in joints:
            joint.delete()
        else:
            joint.limited = mujoco.mjtLimited.mjLIMITED_FALSE
    for geom in spec.geoms:
        geom.contype = geom.conaffinity = 0


def add_payload(spec: mujoco.MjSpec, end_effector: str) -> None:
    """Attach an almost massless payload to the named body or site."""
    bodies = {body.name: body for body in spec.bodies}
    sites = {site.name: site for site in spec.sites}
    pose: dict = {}
    if end_effector in bodies:
        parent = bodies[end_effector]
    elif end_effector in sites:
        parent = sites[end_effector].parent
        pose = {"pos": sites[end_effector].pos, "quat": sites[end_effector].quat}
    else:
        names = [*bodies, *sites]
        raise UserError(
            f"There is no body or site '{end_effector}'." + did_you_mean(end_effector, names)
        )
    payload = parent.add_body(name=PAYLOAD, **pose)
    payload.explicitinertial = True
    payload.mass, payload.inertia, payload.ipos = 1e-6, [1e-9] * 3, [0.0] * 3


def add_position_servos(spec: mujoco.MjSpec, joints: Sequence[str]) -> mujoco.MjModel:
    """Compile the model with a position servo at every joint, and a sensor of its torque."""
    for name in joints:
        servo = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        servo.biastype = mujoco.mjtBias.mjBIAS_AFFINE
        spec.add_sensor(
            type=mujoco.mjtSensor.mjSENS_ACTUATORFRC,
            objtype=mujoco.mjtObj.mjOBJ_ACTUATOR,
            objname=name,
        )
    model = spec.compile()
    unlock_payload(model)
    return model
