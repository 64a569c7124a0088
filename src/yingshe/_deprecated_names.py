# ruff: noqa: E501  one row a name
"""Tables of names of 0.1 -> present names; see `yingshe._deprecated`."""

MODULES: dict[str, str] = {
    "yingshe.applications.agents.agent": "yingshe.applications.agents.model",
    "yingshe.applications.agents.cli_evaluate": "yingshe.applications.agents.cli",
    "yingshe.applications.agents.devices": "yingshe.applications.agents._devices",
    "yingshe.applications.agents.gymnasium_family": "yingshe.applications.agents.gymnasium_envs",
    "yingshe.applications.agents.imitation": "yingshe.applications.agents.dagger",
    "yingshe.applications.agents.judge": "yingshe.applications.agents.evaluation",
    "yingshe.applications.agents.limits": "yingshe.applications.agents.baselines.reference_policies",
    "yingshe.applications.agents.planners": "yingshe.applications.agents.baselines",
    "yingshe.applications.agents.planners.bandit_optimum": "yingshe.applications.agents.baselines.bayes_optimal_bandit",
    "yingshe.applications.agents.planners.bandits": "yingshe.applications.agents.baselines.bandits",
    "yingshe.applications.agents.planners.beside": "yingshe.applications.agents.baselines.registry",
    "yingshe.applications.agents.planners.gittins": "yingshe.applications.agents.baselines.gittins",
    "yingshe.applications.agents.planners.grid": "yingshe.applications.agents.baselines.hidden_goal",
    "yingshe.applications.agents.planners.mdps": "yingshe.applications.agents.baselines.mdps",
    "yingshe.applications.agents.planners.play": "yingshe.applications.agents.rollout",
    "yingshe.applications.agents.play": "yingshe.applications.agents.rollout",
    "yingshe.applications.agents.reading": "yingshe.applications.agents._encoding",
    "yingshe.applications.agents.reinforce": "yingshe.applications.agents.training",
    "yingshe.applications.agents.target_velocity": "yingshe.applications.agents.half_cheetah_vel",
    "yingshe.applications.languages.intents.calibrate": "yingshe.applications.languages.intents._calibration",
    "yingshe.applications.languages.intents.commands": "yingshe.applications.languages.intents.control",
    "yingshe.applications.languages.intents.corpus": "yingshe.applications.languages.intents._corpus",
    "yingshe.applications.languages.intents.episodes": "yingshe.applications.languages.intents.tasks",
    "yingshe.applications.languages.intents.examples": "yingshe.applications.languages.intents.data",
    "yingshe.applications.languages.intents.judge": "yingshe.applications.languages.intents.evaluation",
    "yingshe.applications.languages.intents.mapping": "yingshe.applications.languages.intents.model",
    "yingshe.applications.languages.intents.recogniser": "yingshe.applications.languages.intents._base_classifiers",
    "yingshe.applications.languages.intents.split": "yingshe.applications.languages.intents._splits",
    "yingshe.applications.languages.intents.templates": "yingshe.applications.languages.intents._templates",
    "yingshe.applications.languages.lemmas": "yingshe.applications.languages.lemmatization",
    "yingshe.applications.languages.lemmas.baseline": "yingshe.applications.languages.lemmatization.baselines",
    "yingshe.applications.languages.lemmas.candidates": "yingshe.applications.languages.lemmatization._candidates",
    "yingshe.applications.languages.lemmas.dictionaries": "yingshe.applications.languages.lemmatization.data",
    "yingshe.applications.languages.lemmas.edits": "yingshe.applications.languages.lemmatization._edits",
    "yingshe.applications.languages.lemmas.family": "yingshe.applications.languages.lemmatization.tasks",
    "yingshe.applications.languages.lemmas.features": "yingshe.applications.languages.lemmatization._features",
    "yingshe.applications.languages.lemmas.judge": "yingshe.applications.languages.lemmatization.evaluation",
    "yingshe.applications.languages.lemmas.letters": "yingshe.applications.languages.lemmatization._alphabet",
    "yingshe.applications.languages.lemmas.mapping": "yingshe.applications.languages.lemmatization.model",
    "yingshe.applications.languages.lemmas.statistics": "yingshe.applications.languages.lemmatization._edit_counts",
    "yingshe.applications.languages.pronounce": "yingshe.applications.languages.g2p",
    "yingshe.applications.languages.pronounce.align": "yingshe.applications.languages.g2p._alignment",
    "yingshe.applications.languages.pronounce.choice": "yingshe.applications.languages.g2p._log_linear",
    "yingshe.applications.languages.pronounce.contexts": "yingshe.applications.languages.g2p._feature_templates",
    "yingshe.applications.languages.pronounce.influence": "yingshe.applications.languages.g2p._letter_classes",
    "yingshe.applications.languages.pronounce.invented": "yingshe.applications.languages.g2p.synthetic",
    "yingshe.applications.languages.pronounce.inventory": "yingshe.applications.languages.g2p._inventory",
    "yingshe.applications.languages.pronounce.ipa": "yingshe.applications.languages.g2p._ipa",
    "yingshe.applications.languages.pronounce.judge": "yingshe.applications.languages.g2p.evaluation",
    "yingshe.applications.languages.pronounce.learner": "yingshe.applications.languages.g2p._prior",
    "yingshe.applications.languages.pronounce.lexicon": "yingshe.applications.languages.g2p.data",
    "yingshe.applications.languages.pronounce.mapping": "yingshe.applications.languages.g2p.model",
    "yingshe.applications.languages.pronounce.meta_training": "yingshe.applications.languages.g2p.meta_training",
    "yingshe.applications.languages.pronounce.reader": "yingshe.applications.languages.g2p.decoder",
    "yingshe.applications.languages.pronounce.reranking": "yingshe.applications.languages.g2p._reranking",
    "yingshe.applications.languages.pronounce.sounds": "yingshe.applications.languages.g2p._grapheme_prior",
    "yingshe.applications.robots.arm.logs": "yingshe.applications.robots.arm.data",
    "yingshe.applications.robots.arm.mapping": "yingshe.applications.robots.arm.model",
    "yingshe.applications.robots.grasp.film": "yingshe.applications.robots.grasp.render",
    "yingshe.applications.robots.grasp.judge": "yingshe.applications.robots.grasp.evaluation",
    "yingshe.applications.robots.grasp.logs": "yingshe.applications.robots.grasp.data",
    "yingshe.applications.robots.grasp.mapping": "yingshe.applications.robots.grasp.model",
    "yingshe.applications.robots.grasp.motion": "yingshe.applications.robots.grasp.control",
    "yingshe.applications.robots.grasp.scene": "yingshe.applications.robots.grasp._scene",
    "yingshe.applications.robots.grasp.simulate": "yingshe.applications.robots.grasp.simulation",
    "yingshe.applications.robots.grasp.task": "yingshe.applications.robots.grasp.tasks",
    "yingshe.applications.robots.metaworld.demonstrations": "yingshe.applications.robots.metaworld.data",
    "yingshe.applications.robots.metaworld.family": "yingshe.applications.robots.metaworld.tasks",
    "yingshe.applications.robots.metaworld.features": "yingshe.applications.robots.metaworld.spaces",
    "yingshe.applications.robots.metaworld.imagined": "yingshe.applications.robots.metaworld.synthetic_tasks",
    "yingshe.applications.robots.metaworld.nudge": "yingshe.applications.robots.metaworld.stall_recovery",
    "yingshe.applications.robots.metaworld.policy": "yingshe.applications.robots.metaworld.model",
    "yingshe.applications.robots.metaworld.practised": "yingshe.applications.robots.metaworld.fine_tuning",
    "yingshe.applications.robots.metaworld.tuning": "yingshe.applications.robots.metaworld.fine_tuning",
    "yingshe.applications.robots.metaworld.warp": "yingshe.applications.robots.metaworld.augmentation",
    "yingshe.applications.robots.metaworld.worlds": "yingshe.applications.robots.metaworld.envs",
    "yingshe.applications.robots.recording": "yingshe.applications.robots.dataset_io",
    "yingshe.applications.robots.walker": "yingshe.applications.robots.locomotion",
    "yingshe.applications.robots.walker.body": "yingshe.applications.robots.locomotion.robots",
    "yingshe.applications.robots.walker.control": "yingshe.applications.robots.locomotion.control",
    "yingshe.applications.robots.walker.episode": "yingshe.applications.robots.locomotion.episode",
    "yingshe.applications.robots.walker.logs": "yingshe.applications.robots.locomotion.data",
    "yingshe.applications.robots.walker.mapping": "yingshe.applications.robots.locomotion.model",
    "yingshe.applications.robots.walker.planner": "yingshe.applications.robots.locomotion.planner",
    "yingshe.caching": "yingshe._jit_cache",
    "yingshe.cli.demo_metaworld": "yingshe.applications.robots.metaworld.demo",
    "yingshe.cli.demo_walker": "yingshe.applications.robots.locomotion.demo",
    "yingshe.cli.metaworld": "yingshe.applications.robots.metaworld.cli",
    "yingshe.cli.pronounce": "yingshe.applications.languages.g2p.cli",
    "yingshe.cli.walker": "yingshe.applications.robots.locomotion.cli",
    "yingshe.estimators.adapting": "yingshe.estimators._base",
    "yingshe.estimators.untrained": "yingshe.estimators._linear_posterior",
    "yingshe.evaluation.advice": "yingshe.evaluation.diagnostics",
    "yingshe.evaluation.drawing": "yingshe.evaluation.plotting",
    "yingshe.evaluation.findings": "yingshe.evaluation.diagnostics",
    "yingshe.evaluation.formatting": "yingshe.evaluation._formatting",
    "yingshe.evaluation.relations": "yingshe.evaluation.task_distances",
    "yingshe.evaluation.score": "yingshe.evaluation._scores",
    "yingshe.evaluation.trials": "yingshe.evaluation._splits",
    "yingshe.learners.attention": "yingshe.learners.attentive_process",
    "yingshe.learners.choice": "yingshe.learners.candidate_ranker",
    "yingshe.learners.exchangeable": "yingshe.learners.deep_sets",
    "yingshe.learners.fast_weights": "yingshe.learners._fast_weights",
    "yingshe.learners.features": "yingshe.learners._features",
    "yingshe.learners.layers": "yingshe.learners._layers",
    "yingshe.learners.likeness": "yingshe.learners._similarity",
    "yingshe.learners.matching": "yingshe.learners.matching_network",
    "yingshe.learners.memories": "yingshe.learners._memories",
    "yingshe.learners.output": "yingshe.learners._likelihood",
    "yingshe.learners.recurrent": "yingshe.learners._recurrent",
    "yingshe.learners.standardised": "yingshe.learners.standardized",
    "yingshe.learners.value_iteration": "yingshe.learners.value_iteration_network",
    "yingshe.learners.wave_reader": "yingshe.learners._fourier_readout",
    "yingshe.linalg": "yingshe._linalg",
    "yingshe.saving": "yingshe.serialization",
    "yingshe.scaling": "yingshe.standardizer",
    "yingshe.tasks.changes": "yingshe.tasks._changepoints",
    "yingshe.tasks.drifting": "yingshe.tasks.non_stationary",
    "yingshe.tasks.gaussian": "yingshe.tasks.gp_prior",
    "yingshe.tasks.new_pairs": "yingshe.tasks.table",
    "yingshe.tasks.quadrature": "yingshe.tasks._quadrature",
    "yingshe.text.letters": "yingshe.text.char_ngrams",
    "yingshe.training.checkpoint": "yingshe.training._checkpoint",
    "yingshe.training.conduct": "yingshe.training.runner",
    "yingshe.training.describe": "yingshe.training.run_config",
    "yingshe.training.folder": "yingshe.training.run_directory",
    "yingshe.training.progress_bar": "yingshe.training._progress_bar",
    "yingshe.training.run": "yingshe.training._meta_train",
    "yingshe.training.step": "yingshe.training._step"
}
"""Modules that have moved."""

NAMES: dict[str, str] = {
    "yingshe.applications.agents.EnvironmentFamily": "yingshe.applications.agents.environments.base.EnvDistribution",
    "yingshe.applications.agents.GymnasiumFamily": "yingshe.applications.agents.gymnasium_envs.GymnasiumEnvDistribution",
    "yingshe.applications.agents.ImitationConfig": "yingshe.applications.agents.dagger.DAggerConfig",
    "yingshe.applications.agents.LearnerPlays": "yingshe.applications.agents.model.LearnerPolicy",
    "yingshe.applications.agents.advantages.generalised_advantages": "yingshe.applications.agents.advantages.compute_gae",
    "yingshe.applications.agents.advantages.value_unit": "yingshe.applications.agents.advantages.value_scale",
    "yingshe.applications.agents.agent.Agent": "yingshe.applications.agents.model.Agent",
    "yingshe.applications.agents.agent.Memory": "yingshe.applications.agents.model.AgentState",
    "yingshe.applications.agents.dimensions": "yingshe.applications.agents._encoding.learner_dims",
    "yingshe.applications.agents.environments.Cart": "yingshe.applications.agents.environments.cartpole.CartPoleParams",
    "yingshe.applications.agents.environments.ENVIRONMENTS": "yingshe.applications.agents.tasks.ENVIRONMENTS",
    "yingshe.applications.agents.environments.EnvironmentFamily": "yingshe.applications.agents.environments.base.EnvDistribution",
    "yingshe.applications.agents.environments.EnvironmentState": "yingshe.applications.agents.environments.base.EnvState",
    "yingshe.applications.agents.environments.Links": "yingshe.applications.agents.environments.acrobot.AcrobotParams",
    "yingshe.applications.agents.environments.MDP": "yingshe.applications.agents.environments.tabular_mdp.MDPParams",
    "yingshe.applications.agents.environments.Rod": "yingshe.applications.agents.environments.pendulum.PendulumParams",
    "yingshe.applications.agents.environments.Step": "yingshe.applications.agents.environments.base.TimeStep",
    "yingshe.applications.agents.environments.acrobot.Links": "yingshe.applications.agents.environments.acrobot.AcrobotParams",
    "yingshe.applications.agents.environments.base.EnvironmentFamily": "yingshe.applications.agents.environments.base.EnvDistribution",
    "yingshe.applications.agents.environments.cartpole.Cart": "yingshe.applications.agents.environments.cartpole.CartPoleParams",
    "yingshe.applications.agents.environments.hidden_goal.FOUND": "yingshe.applications.agents.environments.hidden_goal.GOAL_REWARD",
    "yingshe.applications.agents.environments.hidden_goal.LOST": "yingshe.applications.agents.environments.hidden_goal.STEP_REWARD",
    "yingshe.applications.agents.environments.pendulum.Rod": "yingshe.applications.agents.environments.pendulum.PendulumParams",
    "yingshe.applications.agents.environments.tabular_mdp.MDP": "yingshe.applications.agents.environments.tabular_mdp.MDPParams",
    "yingshe.applications.agents.gymnasium_family.GymnasiumFamily": "yingshe.applications.agents.gymnasium_envs.GymnasiumEnvDistribution",
    "yingshe.applications.agents.gymnasium_family.Vary": "yingshe.applications.agents.gymnasium_envs.Randomize",
    "yingshe.applications.agents.imitate": "yingshe.applications.agents.training.train_dagger",
    "yingshe.applications.agents.imitation.ImitationConfig": "yingshe.applications.agents.dagger.DAggerConfig",
    "yingshe.applications.agents.imitation.Lesson": "yingshe.applications.agents.dagger.DAggerPolicy",
    "yingshe.applications.agents.imitation.imitation_loss": "yingshe.applications.agents.dagger.dagger_loss",
    "yingshe.applications.agents.judge.comparison": "yingshe.applications.agents.evaluation.comparison_table",
    "yingshe.applications.agents.judge.mean_with_interval": "yingshe.applications.agents.evaluation.mean_interval",
    "yingshe.applications.agents.judge.planner_returns": "yingshe.applications.agents.evaluation.evaluate_policy",
    "yingshe.applications.agents.judge.returns": "yingshe.applications.agents.evaluation.evaluate_policy",
    "yingshe.applications.agents.limits.Memoryless": "yingshe.applications.agents.baselines.reference_policies.Memoryless",
    "yingshe.applications.agents.limits.Told": "yingshe.applications.agents.baselines.reference_policies.FullyObservable",
    "yingshe.applications.agents.planner_returns": "yingshe.applications.agents.evaluation.evaluate_policy",
    "yingshe.applications.agents.planners.Search": "yingshe.applications.agents.baselines.hidden_goal.BeliefOptimalPolicy",
    "yingshe.applications.agents.planners.bandit_optimum.bayes_optimal_value": "yingshe.applications.agents.baselines.bayes_optimal_bandit.bayes_optimal_value",
    "yingshe.applications.agents.planners.bandits.Arms": "yingshe.applications.agents.baselines.bandits.BetaCounts",
    "yingshe.applications.agents.planners.bayes_optimal_value": "yingshe.applications.agents.baselines.bayes_optimal_bandit.bayes_optimal_value",
    "yingshe.applications.agents.planners.beside": "yingshe.applications.agents.baselines.registry.baseline_policies",
    "yingshe.applications.agents.planners.beside.beside": "yingshe.applications.agents.baselines.registry.baseline_policies",
    "yingshe.applications.agents.planners.beside.teachers": "yingshe.applications.agents.baselines.registry.experts",
    "yingshe.applications.agents.planners.grid.Found": "yingshe.applications.agents.baselines.hidden_goal.GoalBelief",
    "yingshe.applications.agents.planners.grid.Search": "yingshe.applications.agents.baselines.hidden_goal.BeliefOptimalPolicy",
    "yingshe.applications.agents.planners.grid.search_plan": "yingshe.applications.agents.baselines.hidden_goal.search_plan",
    "yingshe.applications.agents.planners.mdps.EpsilonGreedy": "yingshe.applications.agents.baselines.mdps.EpsilonGreedyPolicy",
    "yingshe.applications.agents.planners.mdps.Greedy": "yingshe.applications.agents.baselines.mdps.GreedyPolicy",
    "yingshe.applications.agents.planners.mdps.Planned": "yingshe.applications.agents.baselines.mdps.PlannerState",
    "yingshe.applications.agents.planners.mdps.RandomChoice": "yingshe.applications.agents.baselines.mdps.RandomPolicy",
    "yingshe.applications.agents.planners.mdps.Seen": "yingshe.applications.agents.baselines.mdps.MDPBelief",
    "yingshe.applications.agents.planners.mdps.backward": "yingshe.applications.agents.baselines.mdps.backward_induction",
    "yingshe.applications.agents.planners.mdps.optimistic": "yingshe.applications.agents.baselines.mdps.optimistic_transitions",
    "yingshe.applications.agents.planners.optimal_value": "yingshe.applications.agents.baselines.mdps.optimal_value",
    "yingshe.applications.agents.planners.play_policy": "yingshe.applications.agents.rollout.rollout",
    "yingshe.applications.agents.planners.search_plan": "yingshe.applications.agents.baselines.hidden_goal.search_plan",
    "yingshe.applications.agents.planners.teachers": "yingshe.applications.agents.baselines.registry.experts",
    "yingshe.applications.agents.play": "yingshe.applications.agents.rollout.rollout",
    "yingshe.applications.agents.play.AnyFamily": "yingshe.applications.agents.rollout.AnyEnvDistribution",
    "yingshe.applications.agents.play.Outcome": "yingshe.applications.agents.rollout.StepResult",
    "yingshe.applications.agents.play.PlaysMany": "yingshe.applications.agents.rollout.VectorRollout",
    "yingshe.applications.agents.play.Seen": "yingshe.applications.agents.rollout.PolicyInput",
    "yingshe.applications.agents.play.Trial": "yingshe.applications.agents.rollout.Trajectory",
    "yingshe.applications.agents.play.TrialKeys": "yingshe.applications.agents.rollout.TrialKeys",
    "yingshe.applications.agents.play.play": "yingshe.applications.agents.rollout.rollout",
    "yingshe.applications.agents.play.play_many": "yingshe.applications.agents.rollout.rollout_batch",
    "yingshe.applications.agents.ppo.Assembly": "yingshe.applications.agents.ppo.LearnerFactory",
    "yingshe.applications.agents.ppo.batch_of": "yingshe.applications.agents.ppo.make_batch",
    "yingshe.applications.agents.reading.BESIDE": "yingshe.applications.agents._encoding.NUM_EXTRA_INPUTS",
    "yingshe.applications.agents.reading.LearnerPlays": "yingshe.applications.agents.model.LearnerPolicy",
    "yingshe.applications.agents.reading.Noted": "yingshe.applications.agents.model.ActionInfo",
    "yingshe.applications.agents.reading.PolicyAndValue": "yingshe.applications.agents._encoding.ActorCriticOutput",
    "yingshe.applications.agents.reading.dimensions": "yingshe.applications.agents._encoding.learner_dims",
    "yingshe.applications.agents.reading.fitting": "yingshe.applications.agents._encoding.learner_kwargs",
    "yingshe.applications.agents.reading.most_probable": "yingshe.applications.agents._encoding.mode_action",
    "yingshe.applications.agents.reading.pairs_of": "yingshe.applications.agents._encoding.trajectory_to_pairs",
    "yingshe.applications.agents.reading.read_prediction": "yingshe.applications.agents._encoding.split_policy_value",
    "yingshe.applications.agents.reading.x_of": "yingshe.applications.agents._encoding.encode_input",
    "yingshe.applications.agents.reading.y_of": "yingshe.applications.agents._encoding.encode_target",
    "yingshe.applications.agents.reinforce": "yingshe.applications.agents.training.train_ppo",
    "yingshe.applications.agents.reinforce.describe_environments": "yingshe.applications.agents.tasks.describe_environments",
    "yingshe.applications.agents.reinforce.imitate": "yingshe.applications.agents.training.train_dagger",
    "yingshe.applications.agents.reinforce.reinforce": "yingshe.applications.agents.training.train_ppo",
    "yingshe.applications.agents.returns": "yingshe.applications.agents.evaluation.evaluate_policy",
    "yingshe.applications.agents.target_velocity.TargetVelocity": "yingshe.applications.agents.half_cheetah_vel.TargetVelocity",
    "yingshe.applications.agents.target_velocity.draw_target": "yingshe.applications.agents.half_cheetah_vel.sample_target",
    "yingshe.applications.agents.target_velocity.half_cheetah": "yingshe.applications.agents.half_cheetah_vel.half_cheetah_vel",
    "yingshe.applications.languages.intents.Answer": "yingshe.applications.languages.intents.IntentPrediction",
    "yingshe.applications.languages.intents.Done": "yingshe.applications.languages.intents.CommandResult",
    "yingshe.applications.languages.intents.Intents": "yingshe.applications.languages.intents._deprecated.Intents",
    "yingshe.applications.languages.intents.RobotCommands": "yingshe.applications.languages.intents.CommandDispatcher",
    "yingshe.applications.languages.lemmas.LemmaMapping": "yingshe.applications.languages.lemmatization._deprecated.LemmaMapping",
    "yingshe.applications.languages.lemmas.Words": "yingshe.applications.languages.lemmatization.LemmatizationTasks",
    "yingshe.applications.languages.lemmas.tasks": "yingshe.applications.languages.lemmatization.make_tasks",
    "yingshe.applications.languages.pronounce.PronounceConfig": "yingshe.applications.languages.g2p.meta_training.G2PConfig",
    "yingshe.applications.languages.pronounce.PronounceLearner": "yingshe.applications.languages.g2p._prior.G2PPrior",
    "yingshe.applications.languages.pronounce.PronounceMapping": "yingshe.applications.languages.g2p._legacy.PronounceMapping",
    "yingshe.applications.languages.pronounce.SoundPrior": "yingshe.applications.languages.g2p._grapheme_prior.GraphemePrior",
    "yingshe.applications.languages.pronounce.align.Aligned": "yingshe.applications.languages.g2p._alignment.AlignedWord",
    "yingshe.applications.languages.pronounce.invented.invent": "yingshe.applications.languages.g2p.synthetic.generate_lexicon",
    "yingshe.applications.languages.pronounce.invented.say": "yingshe.applications.languages.g2p.synthetic.apply_rules",
    "yingshe.applications.languages.pronounce.judge.wrong_words": "yingshe.applications.languages.g2p.evaluation.word_errors",
    "yingshe.applications.languages.pronounce.learner.PronounceLearner": "yingshe.applications.languages.g2p._prior.G2PPrior",
    "yingshe.applications.languages.pronounce.letters_of": "yingshe.applications.languages.g2p.tasks.split_letters",
    "yingshe.applications.languages.pronounce.lexicon.Entry": "yingshe.applications.languages.g2p.tasks.Entry",
    "yingshe.applications.languages.pronounce.lexicon.letters_of": "yingshe.applications.languages.g2p.tasks.split_letters",
    "yingshe.applications.languages.pronounce.load_learner": "yingshe.applications.languages.g2p.model.load_prior",
    "yingshe.applications.languages.pronounce.mapping.PronounceMapping": "yingshe.applications.languages.g2p._legacy.PronounceMapping",
    "yingshe.applications.languages.pronounce.mapping.load_learner": "yingshe.applications.languages.g2p.model.load_prior",
    "yingshe.applications.languages.pronounce.meta_train_pronunciation": "yingshe.applications.languages.g2p.meta_training.meta_train_g2p",
    "yingshe.applications.languages.pronounce.meta_training.PronounceConfig": "yingshe.applications.languages.g2p.meta_training.G2PConfig",
    "yingshe.applications.languages.pronounce.meta_training.drawn_back": "yingshe.applications.languages.g2p.meta_training.shrink_to_init",
    "yingshe.applications.languages.pronounce.meta_training.meta_train_pronunciation": "yingshe.applications.languages.g2p.meta_training.meta_train_g2p",
    "yingshe.applications.languages.pronounce.sounds.SoundPrior": "yingshe.applications.languages.g2p._grapheme_prior.GraphemePrior",
    "yingshe.applications.languages.pronounce.wrong_words": "yingshe.applications.languages.g2p.evaluation.word_errors",
    "yingshe.applications.robots.arm.ArmMapping": "yingshe.applications.robots.arm._api_0_1.ArmMapping",
    "yingshe.applications.robots.arm.COLUMNS": "yingshe.applications.robots.arm.robot.REGRESSOR_COLUMNS",
    "yingshe.applications.robots.arm.control.Adapting": "yingshe.applications.robots.arm.control.AdaptiveController",
    "yingshe.applications.robots.arm.control.Controller": "yingshe.applications.policy.Policy",
    "yingshe.applications.robots.arm.control.Feedback": "yingshe.applications.robots.arm.baselines.PDController",
    "yingshe.applications.robots.arm.control.Moment": "yingshe.applications.robots.arm.control.ControlInput",
    "yingshe.applications.robots.arm.control.Nominal": "yingshe.applications.robots.arm.baselines.ComputedTorqueController",
    "yingshe.applications.robots.arm.control.Ridge": "yingshe.applications.robots.arm.baselines.RidgeController",
    "yingshe.applications.robots.arm.control.SURPRISE": "yingshe.applications.robots.arm.control.NIS_THRESHOLD",
    "yingshe.applications.robots.arm.control.SlotineLi": "yingshe.applications.robots.arm.baselines.SlotineLiController",
    "yingshe.applications.robots.arm.control.Tracking": "yingshe.applications.robots.arm.tracking.Tracking",
    "yingshe.applications.robots.arm.control.TrueModel": "yingshe.applications.robots.arm.baselines.OracleController",
    "yingshe.applications.robots.arm.control.track": "yingshe.applications.robots.arm.tracking.track",
    "yingshe.applications.robots.arm.logs.motion": "yingshe.applications.robots.arm.data.random_trajectory",
    "yingshe.applications.robots.arm.logs.tasks_of": "yingshe.applications.robots.arm.data.make_tasks",
    "yingshe.applications.robots.arm.mapping.ArmMapping": "yingshe.applications.robots.arm._api_0_1.ArmMapping",
    "yingshe.applications.robots.arm.model.Arm": "yingshe.applications.robots.arm.robot.Arm",
    "yingshe.applications.robots.arm.model.ArmTask": "yingshe.applications.robots.arm.tasks.ArmTask",
    "yingshe.applications.robots.arm.model.COLUMNS": "yingshe.applications.robots.arm.robot.REGRESSOR_COLUMNS",
    "yingshe.applications.robots.arm.model.DIRECTION": "yingshe.applications.robots.arm.robot.DIRECTION_COLUMN",
    "yingshe.applications.robots.arm.model.OWN": "yingshe.applications.robots.arm.robot.NUM_JOINT_COLUMNS",
    "yingshe.applications.robots.arm.model.STICTION": "yingshe.applications.robots.arm.robot.STICTION_VELOCITY",
    "yingshe.applications.robots.arm.tasks_of": "yingshe.applications.robots.arm.data.make_tasks",
    "yingshe.applications.robots.grasp.COLUMNS": "yingshe.applications.robots.grasp.model.DESIGN_COLUMNS",
    "yingshe.applications.robots.grasp.GraspMapping": "yingshe.applications.robots.grasp._api_0_1.GraspMapping",
    "yingshe.applications.robots.grasp.Seen": "yingshe.applications.robots.grasp.tasks.ObjectObservation",
    "yingshe.applications.robots.grasp.attempt": "yingshe.applications.robots.grasp.simulation.simulate_grasp",
    "yingshe.applications.robots.grasp.attempts": "yingshe.applications.robots.grasp.simulation.simulate_grasps",
    "yingshe.applications.robots.grasp.baselines.Read": "yingshe.applications.robots.grasp.baselines.Support",
    "yingshe.applications.robots.grasp.demo.curves_of": "yingshe.applications.robots.grasp.evaluation.make_success_curve",
    "yingshe.applications.robots.grasp.demo.draw": "yingshe.applications.robots.grasp.render.draw_success",
    "yingshe.applications.robots.grasp.film.Film": "yingshe.applications.robots.grasp.render.Rendering",
    "yingshe.applications.robots.grasp.film.READ": "yingshe.applications.robots.grasp.render.NUM_SUPPORT",
    "yingshe.applications.robots.grasp.film.film": "yingshe.applications.robots.grasp.render.render_frames",
    "yingshe.applications.robots.grasp.grasps_in": "yingshe.applications.robots.grasp.data.parse_grasps",
    "yingshe.applications.robots.grasp.judge.OURS": "yingshe.applications.robots.grasp.evaluation.LEARNED",
    "yingshe.applications.robots.grasp.judge.judge": "yingshe.applications.robots.grasp.evaluation.evaluate_task",
    "yingshe.applications.robots.grasp.logs.collect": "yingshe.applications.robots.grasp.data.collect",
    "yingshe.applications.robots.grasp.logs.demonstrate": "yingshe.applications.robots.grasp.data.demonstrate",
    "yingshe.applications.robots.grasp.logs.grasps_in": "yingshe.applications.robots.grasp.data.parse_grasps",
    "yingshe.applications.robots.grasp.logs.tasks_of": "yingshe.applications.robots.grasp.data.make_tasks",
    "yingshe.applications.robots.grasp.mapping.COLUMNS": "yingshe.applications.robots.grasp.model.DESIGN_COLUMNS",
    "yingshe.applications.robots.grasp.mapping.GraspMapping": "yingshe.applications.robots.grasp._api_0_1.GraspMapping",
    "yingshe.applications.robots.grasp.mapping.ROWS": "yingshe.applications.robots.grasp.model.GRASP_DIM",
    "yingshe.applications.robots.grasp.mapping.grasp_of": "yingshe.applications.robots.grasp.model.decode_grasp",
    "yingshe.applications.robots.grasp.mapping.rows_of": "yingshe.applications.robots.grasp.model.design_matrix",
    "yingshe.applications.robots.grasp.mapping.to_floats": "yingshe.applications.robots.grasp.model.encode_grasp",
    "yingshe.applications.robots.grasp.motion.LIFT": "yingshe.applications.robots.grasp.control.LIFT_HEIGHT",
    "yingshe.applications.robots.grasp.motion.controls": "yingshe.applications.robots.grasp.control.compute_trajectory",
    "yingshe.applications.robots.grasp.scene.GRIP": "yingshe.applications.robots.grasp._scene.GRIP_FORCE",
    "yingshe.applications.robots.grasp.scene.JOINTS": "yingshe.applications.robots.grasp._scene.NUM_JOINTS",
    "yingshe.applications.robots.grasp.scene.scene": "yingshe.applications.robots.grasp._scene.make_scene",
    "yingshe.applications.robots.grasp.simulate.HELD": "yingshe.applications.robots.grasp.simulation.HOLD_SECONDS",
    "yingshe.applications.robots.grasp.simulate.LIFTED": "yingshe.applications.robots.grasp.simulation.MIN_CLEARANCE",
    "yingshe.applications.robots.grasp.simulate.attempt": "yingshe.applications.robots.grasp.simulation.simulate_grasp",
    "yingshe.applications.robots.grasp.simulate.attempts": "yingshe.applications.robots.grasp.simulation.simulate_grasps",
    "yingshe.applications.robots.grasp.task.CENTRE": "yingshe.applications.robots.grasp.tasks.WORKSPACE_CENTER",
    "yingshe.applications.robots.grasp.task.FINGER": "yingshe.applications.robots.grasp.tasks.NOMINAL_FINGER_LENGTH",
    "yingshe.applications.robots.grasp.task.MARGIN": "yingshe.applications.robots.grasp.tasks.OPENING_MARGIN",
    "yingshe.applications.robots.grasp.task.PAD": "yingshe.applications.robots.grasp.tasks.PAD_HEIGHT",
    "yingshe.applications.robots.grasp.task.PALM": "yingshe.applications.robots.grasp.tasks.PALM_LENGTH",
    "yingshe.applications.robots.grasp.task.Seen": "yingshe.applications.robots.grasp.tasks.ObjectObservation",
    "yingshe.applications.robots.grasp.task.WIDEST": "yingshe.applications.robots.grasp.tasks.MAX_OPENING",
    "yingshe.applications.robots.grasp.tasks_of": "yingshe.applications.robots.grasp.data.make_tasks",
    "yingshe.applications.robots.metaworld.Nudged": "yingshe.applications.robots.metaworld._deprecated.Nudged",
    "yingshe.applications.robots.metaworld.Policy": "yingshe.applications.robots.metaworld._deprecated.Policy",
    "yingshe.applications.robots.metaworld.Practised": "yingshe.applications.robots.metaworld._deprecated.Practised",
    "yingshe.applications.robots.metaworld.Worlds": "yingshe.applications.robots.metaworld.envs.MetaWorldVectorEnv",
    "yingshe.applications.robots.metaworld.baselines.cloned": "yingshe.applications.robots.metaworld.baselines.behavior_cloning",
    "yingshe.applications.robots.metaworld.baselines.nearest_neighbours": "yingshe.applications.robots.metaworld.baselines.nearest_neighbors",
    "yingshe.applications.robots.metaworld.demonstrations.ACTED": "yingshe.applications.robots.metaworld.spaces.ACTION_NAMES",
    "yingshe.applications.robots.metaworld.demonstrations.read_demonstrations": "yingshe.applications.robots.metaworld.data.load_demonstrations",
    "yingshe.applications.robots.metaworld.family.ASKED": "yingshe.applications.robots.metaworld.tasks.NUM_QUERY",
    "yingshe.applications.robots.metaworld.family.READ": "yingshe.applications.robots.metaworld.tasks.NUM_SUPPORT",
    "yingshe.applications.robots.metaworld.family.moments": "yingshe.applications.robots.metaworld.tasks.sample_time_steps",
    "yingshe.applications.robots.metaworld.features.action": "yingshe.applications.robots.metaworld.spaces.decode_actions",
    "yingshe.applications.robots.metaworld.features.alike": "yingshe.applications.robots.metaworld.spaces.distance_features",
    "yingshe.applications.robots.metaworld.features.inputs": "yingshe.applications.robots.metaworld.spaces.encode_observations",
    "yingshe.applications.robots.metaworld.features.outputs": "yingshe.applications.robots.metaworld.spaces.encode_actions",
    "yingshe.applications.robots.metaworld.imagine": "yingshe.applications.robots.metaworld.synthetic_tasks.generate_synthetic_tasks",
    "yingshe.applications.robots.metaworld.imagined.imagine": "yingshe.applications.robots.metaworld.synthetic_tasks.generate_synthetic_tasks",
    "yingshe.applications.robots.metaworld.nudge.Act": "yingshe.applications.robots.metaworld.control.PolicyFn",
    "yingshe.applications.robots.metaworld.nudge.Nudged": "yingshe.applications.robots.metaworld._deprecated.Nudged",
    "yingshe.applications.robots.metaworld.policy.Policy": "yingshe.applications.robots.metaworld._deprecated.Policy",
    "yingshe.applications.robots.metaworld.practised.InTurns": "yingshe.applications.robots.metaworld.control.RoundRobinPolicy",
    "yingshe.applications.robots.metaworld.practised.Practised": "yingshe.applications.robots.metaworld._deprecated.Practised",
    "yingshe.applications.robots.metaworld.read_demonstrations": "yingshe.applications.robots.metaworld.data.load_demonstrations",
    "yingshe.applications.robots.metaworld.tuning.LeftOut": "yingshe.applications.robots.metaworld.tasks.LeaveOneOutDemonstrations",
    "yingshe.applications.robots.metaworld.tuning.fine_tune": "yingshe.applications.robots.metaworld.fine_tuning.fine_tune",
    "yingshe.applications.robots.metaworld.warp.warp": "yingshe.applications.robots.metaworld.augmentation.augment_task",
    "yingshe.applications.robots.metaworld.worlds.GOALS": "yingshe.applications.robots.metaworld.envs.MAX_GOALS",
    "yingshe.applications.robots.metaworld.worlds.OBSERVED": "yingshe.applications.robots.metaworld.spaces.OBSERVATION_NAMES",
    "yingshe.applications.robots.metaworld.worlds.Worlds": "yingshe.applications.robots.metaworld.envs.MetaWorldVectorEnv",
    "yingshe.applications.robots.metaworld.worlds.observed": "yingshe.applications.robots.metaworld.envs.to_observation",
    "yingshe.applications.robots.recording.begun": "yingshe.applications.robots.dataset_io.load_partial",
    "yingshe.applications.robots.recording.read_logs": "yingshe.applications.robots.dataset_io.load_logs",
    "yingshe.applications.robots.recording.write": "yingshe.applications.robots.dataset_io.save",
    "yingshe.applications.robots.walker.Damage": "yingshe.applications.robots.locomotion.tasks.ActuatorFault",
    "yingshe.applications.robots.walker.Planner": "yingshe.applications.robots.locomotion.planner.CEMPlanner",
    "yingshe.applications.robots.walker.Walker": "yingshe.applications.robots.locomotion.robots.LeggedRobot",
    "yingshe.applications.robots.walker.WalkerMapping": "yingshe.applications.robots.locomotion._deprecated.WalkerMapping",
    "yingshe.applications.robots.walker.body.Damage": "yingshe.applications.robots.locomotion.tasks.ActuatorFault",
    "yingshe.applications.robots.walker.body.WALKERS": "yingshe.applications.robots.locomotion.robots.ROBOTS",
    "yingshe.applications.robots.walker.body.Walker": "yingshe.applications.robots.locomotion.robots.LeggedRobot",
    "yingshe.applications.robots.walker.body.make_walker": "yingshe.applications.robots.locomotion.robots.make_robot",
    "yingshe.applications.robots.walker.body_tasks": "yingshe.applications.robots.locomotion.data.dynamics_tasks",
    "yingshe.applications.robots.walker.control.Adapting": "yingshe.applications.robots.locomotion.control.AdaptiveMPCController",
    "yingshe.applications.robots.walker.control.Controller": "yingshe.applications.policy.Policy",
    "yingshe.applications.robots.walker.control.Fixed": "yingshe.applications.robots.locomotion.control.MPCController",
    "yingshe.applications.robots.walker.control.Ridge": "yingshe.applications.robots.locomotion.baselines.RidgeMPCController",
    "yingshe.applications.robots.walker.control.Told": "yingshe.applications.robots.locomotion.baselines.OracleDynamicsController",
    "yingshe.applications.robots.walker.control.TrueSimulator": "yingshe.applications.robots.locomotion.baselines.SimulatorMPCController",
    "yingshe.applications.robots.walker.control.line_up": "yingshe.applications.robots.locomotion.evaluation.make_controllers",
    "yingshe.applications.robots.walker.episode.walk": "yingshe.applications.robots.locomotion.episode.run_episode",
    "yingshe.applications.robots.walker.joint_tasks": "yingshe.applications.robots.locomotion.data.actuator_tasks",
    "yingshe.applications.robots.walker.joint_window": "yingshe.applications.robots.locomotion.data.actuator_examples_per_task",
    "yingshe.applications.robots.walker.logs.body_tasks": "yingshe.applications.robots.locomotion.data.dynamics_tasks",
    "yingshe.applications.robots.walker.logs.joint_tasks": "yingshe.applications.robots.locomotion.data.actuator_tasks",
    "yingshe.applications.robots.walker.logs.joint_window": "yingshe.applications.robots.locomotion.data.actuator_examples_per_task",
    "yingshe.applications.robots.walker.logs.read_logs": "yingshe.applications.robots.locomotion.data.load_logs",
    "yingshe.applications.robots.walker.make_walker": "yingshe.applications.robots.locomotion.robots.make_robot",
    "yingshe.applications.robots.walker.mapping.WalkerMapping": "yingshe.applications.robots.locomotion._deprecated.WalkerMapping",
    "yingshe.applications.robots.walker.mapping.checked": "yingshe.applications.robots.locomotion.model.check_learner",
    "yingshe.applications.robots.walker.mapping.prior_weights": "yingshe.applications.robots.locomotion.model.get_prior_weights",
    "yingshe.applications.robots.walker.mapping.rows": "yingshe.applications.robots.locomotion.model.linearize",
    "yingshe.applications.robots.walker.planner.Model": "yingshe.applications.robots.locomotion.planner.LearnedDynamics",
    "yingshe.applications.robots.walker.planner.Planner": "yingshe.applications.robots.locomotion.planner.CEMPlanner",
    "yingshe.applications.robots.walker.planner.features": "yingshe.applications.robots.locomotion.planner.compute_features",
    "yingshe.applications.robots.walker.planner.rls_of": "yingshe.applications.robots.locomotion.planner.get_rls",
    "yingshe.applications.robots.walker.planner.search": "yingshe.applications.robots.locomotion.planner.cem_search",
    "yingshe.applications.robots.walker.read_logs": "yingshe.applications.robots.locomotion.data.load_logs",
    "yingshe.evaluation.Answer": "yingshe.evaluation.Diagnosis",
    "yingshe.evaluation.Entry": "yingshe.evaluation.CandidateResult",
    "yingshe.evaluation.Relations": "yingshe.evaluation.TaskDistances",
    "yingshe.evaluation.around": "yingshe.evaluation.default_variants",
    "yingshe.evaluation.baselines.SLOW": "yingshe.evaluation.baselines.MAX_TASKS",
    "yingshe.evaluation.candidates.Run": "yingshe.evaluation.candidates.TrainedCandidate",
    "yingshe.evaluation.candidates.around": "yingshe.evaluation.candidates.default_variants",
    "yingshe.evaluation.candidates.by_learning_rate": "yingshe.evaluation.candidates.losses_vs_cumulative_lr",
    "yingshe.evaluation.candidates.inner": "yingshe.learners._unwrap.unwrap",
    "yingshe.evaluation.candidates.parameter_count": "yingshe.evaluation.candidates.count_parameters",
    "yingshe.evaluation.candidates.resized": "yingshe.evaluation.candidates.scale_width",
    "yingshe.evaluation.candidates.run": "yingshe.evaluation.candidates.train_candidate",
    "yingshe.evaluation.comparison.Entry": "yingshe.evaluation.candidates.CandidateResult",
    "yingshe.evaluation.distances.DISTANCES": "yingshe.evaluation.distances.METRICS",
    "yingshe.evaluation.distances.divergence": "yingshe.evaluation.distances.symmetric_kl",
    "yingshe.evaluation.distances.flat_map": "yingshe.evaluation.distances.classical_mds",
    "yingshe.evaluation.evaluate.Judged": "yingshe.evaluation.evaluate.TaskScores",
    "yingshe.evaluation.evaluate.judge": "yingshe.evaluation.evaluate.evaluate_tasks",
    "yingshe.evaluation.evaluate.shot_curve": "yingshe.evaluation.evaluate.make_shot_curve",
    "yingshe.learners.Attention": "yingshe.learners.AttentiveProcess",
    "yingshe.learners.Choice": "yingshe.learners.CandidateRanker",
    "yingshe.learners.Exchangeable": "yingshe.learners.DeepSetsLearner",
    "yingshe.learners.Matching": "yingshe.learners.MatchingNetwork",
    "yingshe.learners.ReadsAtOnce": "yingshe.learners.SupportsBatchObserve",
    "yingshe.learners.Standardised": "yingshe.learners.StandardizedLearner",
    "yingshe.learners.ValueIteration": "yingshe.learners.ValueIterationNetwork",
    "yingshe.learners.attention.Attention": "yingshe.learners.attentive_process.AttentiveProcess",
    "yingshe.learners.attention.AttentionState": "yingshe.learners.attentive_process.AttentiveProcessState",
    "yingshe.learners.base.ReadsAtOnce": "yingshe.learners.base.SupportsBatchObserve",
    "yingshe.learners.base.read_pairs": "yingshe.learners.base.observe_all",
    "yingshe.learners.choice.Choice": "yingshe.learners.candidate_ranker.CandidateRanker",
    "yingshe.learners.exchangeable.Exchangeable": "yingshe.learners.deep_sets.DeepSetsLearner",
    "yingshe.learners.matching.KNOWN_HIDDEN": "yingshe.learners.matching_network.BASE_HIDDEN",
    "yingshe.learners.matching.Matching": "yingshe.learners.matching_network.MatchingNetwork",
    "yingshe.learners.matching.MatchingState": "yingshe.learners.matching_network.MatchingNetworkState",
    "yingshe.learners.read_pairs": "yingshe.learners.observe_all",
    "yingshe.learners.standardised.Standardised": "yingshe.learners.standardized.StandardizedLearner",
    "yingshe.learners.value_iteration.ValueIteration": "yingshe.learners.value_iteration_network.ValueIterationNetwork",
    "yingshe.prediction.Point": "yingshe.prediction.PointEstimate",
    "yingshe.scaling.Scaling": "yingshe.standardizer.Standardizer",
    "yingshe.tasks.Drifting": "yingshe.tasks.NonStationary",
    "yingshe.tasks.FunctionFamily": "yingshe.tasks.FunctionPrior",
    "yingshe.tasks.GaussianFamily": "yingshe.tasks.GPPrior",
    "yingshe.tasks.base.FunctionFamily": "yingshe.tasks.base.FunctionPrior",
    "yingshe.tasks.base.HasEvidence": "yingshe.tasks.base.HasMarginalLikelihood",
    "yingshe.tasks.base.HasScaling": "yingshe.tasks.base.HasStandardizer",
    "yingshe.tasks.base.check_interval": "yingshe._validation.check_interval",
    "yingshe.tasks.base.check_not_negative": "yingshe._validation.check_nonnegative",
    "yingshe.tasks.drifting.Drifting": "yingshe.tasks.non_stationary.NonStationary",
    "yingshe.tasks.gaussian.GaussianFamily": "yingshe.tasks.gp_prior.GPPrior",
    "yingshe.tasks.gaussian.condition": "yingshe.tasks.gp_prior.gp_posterior_predictive",
    "yingshe.tasks.gaussian.noisy_cholesky": "yingshe.tasks.gp_prior.noisy_cholesky",
    "yingshe.tasks.gaussian.regress": "yingshe.tasks.gp_prior.bayesian_linear_regression",
    "yingshe.tasks.new_pairs.check_known": "yingshe.tasks.table.check_columns_exist",
    "yingshe.tasks.new_pairs.read_classes": "yingshe.tasks.table.label_codes",
    "yingshe.tasks.new_pairs.read_numbers": "yingshe.tasks.table.numeric_columns",
    "yingshe.tasks.table.Columns": "yingshe.tasks.table.TablePairs",
    "yingshe.tasks.table.Kind": "yingshe.tasks.table.ProblemType",
    "yingshe.tasks.table.Text": "yingshe.tasks.table.TextColumn",
    "yingshe.tasks.table.labels_of": "yingshe.tasks.table.to_labels",
    "yingshe.tasks.table.sentences_of": "yingshe.tasks.table.to_strings",
    "yingshe.tasks.table.with_text": "yingshe.tasks.table.append_embeddings",
    "yingshe.text.best_encoder": "yingshe.text.default_encoder",
    "yingshe.text.encoder_named": "yingshe.text.get_encoder",
    "yingshe.text.letters": "yingshe.text.hashed_ngrams",
    "yingshe.training.Progress": "yingshe.training.loop.TrainerState",
    "yingshe.training.Report": "yingshe.training.loop.TrainLog",
    "yingshe.training.folder.RunFolder": "yingshe.training.run_directory.RunDirectory",
    "yingshe.training.loop.Course": "yingshe.training.loop.TrainingProgram",
    "yingshe.training.loop.Progress": "yingshe.training.loop.TrainerState",
    "yingshe.training.loop.Report": "yingshe.training.loop.TrainLog",
    "yingshe.training.loop.follow": "yingshe.training.loop.run_steps",
    "yingshe.training.loop.kept_learner": "yingshe.training.loop.select_learner",
    "yingshe.training.loop.start": "yingshe.training.loop.init_trainer_state",
    "yingshe.zoo.card": "yingshe.zoo.model_card",
    "yingshe.zoo.locate": "yingshe.zoo.resolve",
    "yingshe.zoo.names": "yingshe.zoo.list_models"
}
"""Functions, classes and constants, by full name."""

ARGUMENTS: dict[str, dict[str, str]] = {
    "yingshe.Mapping.save": {
        "about": "metadata"
    },
    "yingshe.applications.agents._encoding.learner_dims": {
        "family": "env_distribution"
    },
    "yingshe.applications.agents._encoding.learner_kwargs": {
        "family": "env_distribution"
    },
    "yingshe.applications.agents.advantages.compute_gae": {
        "discount": "gamma",
        "trace": "gae_lambda"
    },
    "yingshe.applications.agents.advantages.value_scale": {
        "discount": "gamma"
    },
    "yingshe.applications.agents.baselines.bayes_optimal_bandit.bayes_optimal_value": {
        "arms": "num_arms",
        "pulls": "horizon"
    },
    "yingshe.applications.agents.baselines.hidden_goal.search_plan": {
        "family": "env_distribution"
    },
    "yingshe.applications.agents.baselines.registry.baseline_policies": {
        "family": "env_distribution"
    },
    "yingshe.applications.agents.baselines.registry.experts": {
        "family": "env_distribution"
    },
    "yingshe.applications.agents.dagger.DAggerConfig": {
        "clip": "max_grad_norm",
        "discount": "gamma",
        "optimiser": "optimizer",
        "report_every": "log_every",
        "schedule": "lr_schedule",
        "teaching": "expert_fraction",
        "trials": "num_envs",
        "value_weight": "vf_coef",
        "warmup": "warmup_steps"
    },
    "yingshe.applications.agents.environments.acrobot.Acrobot": {
        "reversed_odds": "reversed_prob"
    },
    "yingshe.applications.agents.environments.bandit.Bandit": {
        "arms": "num_arms",
        "pulls": "horizon"
    },
    "yingshe.applications.agents.environments.cartpole.CartPole": {
        "reversed_odds": "reversed_prob"
    },
    "yingshe.applications.agents.environments.hidden_goal.HiddenGoal": {
        "steps": "episode_steps"
    },
    "yingshe.applications.agents.environments.pendulum.Pendulum": {
        "reversed_odds": "reversed_prob"
    },
    "yingshe.applications.agents.environments.tabular_mdp.TabularMDP": {
        "choices": "num_actions",
        "states": "num_states"
    },
    "yingshe.applications.agents.evaluation.evaluate_policy": {
        "family": "env_distribution",
        "player": "policy",
        "trials": "num_trials"
    },
    "yingshe.applications.agents.gymnasium_envs.GymnasiumEnvDistribution": {
        "make": "make_env",
        "vary": "randomize"
    },
    "yingshe.applications.agents.ppo.PPOConfig": {
        "clip": "max_grad_norm",
        "discount": "gamma",
        "entropy": "ent_coef",
        "epochs": "n_epochs",
        "minibatches": "num_minibatches",
        "optimiser": "optimizer",
        "ratio": "clip_range",
        "report_every": "log_every",
        "schedule": "lr_schedule",
        "trace": "gae_lambda",
        "trials": "num_envs",
        "value_weight": "vf_coef",
        "warmup": "warmup_steps"
    },
    "yingshe.applications.agents.rollout.rollout": {
        "family": "env_distribution",
        "player": "policy"
    },
    "yingshe.applications.agents.rollout.rollout_batch": {
        "family": "env_distribution",
        "player": "policy",
        "trials": "num_trials"
    },
    "yingshe.applications.agents.training.train_dagger": {
        "about": "metadata",
        "family": "env_distribution",
        "run": "run_dir",
        "teacher": "expert"
    },
    "yingshe.applications.agents.training.train_ppo": {
        "about": "metadata",
        "family": "env_distribution",
        "run": "run_dir"
    },
    "yingshe.applications.languages.g2p._prior.G2PPrior": {
        "sounds": "grapheme_prior"
    },
    "yingshe.applications.languages.g2p.evaluation.word_errors": {
        "mapping": "model"
    },
    "yingshe.applications.languages.g2p.meta_training.G2PConfig": {
        "clip": "max_grad_norm",
        "judged": "num_query",
        "optimiser": "optimizer",
        "report_every": "log_every",
        "schedule": "lr_schedule",
        "warmup": "warmup_steps",
        "words": "support_range"
    },
    "yingshe.applications.languages.g2p.meta_training.meta_train_g2p": {
        "judged": "query"
    },
    "yingshe.applications.languages.intents.control.CommandDispatcher": {
        "certainty": "threshold",
        "intents": "classifier"
    },
    "yingshe.applications.languages.intents.tasks.IntentEpisodes": {
        "also": "extra_features",
        "without": "exclude"
    },
    "yingshe.applications.languages.lemmatization._candidates.candidates": {
        "at_most": "max_candidates",
        "met": "counts"
    },
    "yingshe.applications.languages.lemmatization.tasks.LemmatizationTasks": {
        "disguised": "permute_probability"
    },
    "yingshe.applications.languages.lemmatization.tasks.make_tasks": {
        "disguised": "permute_probability",
        "number": "num_tasks",
        "varied": "reweight_probability"
    },
    "yingshe.applications.robots.arm.baselines.RidgeController": {
        "keep": "forgetting_factor"
    },
    "yingshe.applications.robots.arm.control.AdaptiveController": {
        "mapping": "model",
        "surprise": "nis_threshold"
    },
    "yingshe.applications.robots.arm.control.ControlInput": {
        "wanted_a": "a_des",
        "wanted_q": "q_des",
        "wanted_v": "v_des"
    },
    "yingshe.applications.robots.arm.data.collect": {
        "arms": "num_tasks",
        "every": "stride"
    },
    "yingshe.applications.robots.arm.tasks.ArmTask": {
        "centre": "center_of_mass",
        "strength": "motor_gain"
    },
    "yingshe.applications.robots.arm.tasks.ArmTask.sample": {
        "joints": "num_joints"
    },
    "yingshe.applications.robots.arm.tracking.Tracking": {
        "wanted": "reference"
    },
    "yingshe.applications.robots.arm.tracking.Tracking.settling_time": {
        "at": "start_step",
        "times": "factor"
    },
    "yingshe.applications.robots.arm.tracking.track": {
        "then": "switch_to"
    },
    "yingshe.applications.robots.grasp.data.collect": {
        "tasks": "num_tasks"
    },
    "yingshe.applications.robots.grasp.data.demonstrate": {
        "number": "num_grasps"
    },
    "yingshe.applications.robots.grasp.evaluation.evaluate_task": {
        "objects": "num_objects"
    },
    "yingshe.applications.robots.grasp.render.render_frames": {
        "objects": "num_objects"
    },
    "yingshe.applications.robots.grasp.simulation.Attempt": {
        "stopped": "collided"
    },
    "yingshe.applications.robots.grasp.simulation.simulate_grasp": {
        "finger": "finger_length"
    },
    "yingshe.applications.robots.grasp.simulation.simulate_grasps": {
        "finger": "finger_length"
    },
    "yingshe.applications.robots.grasp.tasks.GraspTask": {
        "finger": "finger_length",
        "off_centre": "com_offset",
        "offset": "camera_offset",
        "turn": "yaw_offset"
    },
    "yingshe.applications.robots.grasp.tasks.GraspTask.grasp": {
        "seen": "observation"
    },
    "yingshe.applications.robots.grasp.tasks.Object": {
        "off_centre": "com_offset"
    },
    "yingshe.applications.robots.grasp.tasks.nominal_grasp": {
        "seen": "observation"
    },
    "yingshe.applications.robots.locomotion.data.actuator_examples_per_task": {
        "walker": "robot"
    },
    "yingshe.applications.robots.locomotion.data.actuator_tasks": {
        "body": "dynamics",
        "walker": "robot"
    },
    "yingshe.applications.robots.locomotion.data.collect": {
        "branches": "rollouts_per_state",
        "by": "policy",
        "length": "rollout_steps",
        "walker": "robot",
        "walks": "episodes"
    },
    "yingshe.applications.robots.locomotion.data.dynamics_tasks": {
        "walker": "robot"
    },
    "yingshe.applications.robots.locomotion.data.load_logs": {
        "walker": "robot"
    },
    "yingshe.applications.robots.locomotion.episode.run_episode": {
        "damage": "fault",
        "first": "initial_fault",
        "strike": "fault_step",
        "walker": "robot"
    },
    "yingshe.applications.robots.locomotion.evaluation.make_controllers": {
        "body": "dynamics",
        "commanded": "commanded_dynamics",
        "joints": "actuator"
    },
    "yingshe.applications.robots.locomotion.planner.CEMPlanner": {
        "candidates": "num_samples",
        "elite": "num_elites",
        "rounds": "num_iterations",
        "walker": "robot"
    },
    "yingshe.applications.robots.locomotion.planner.LearnedDynamics": {
        "strength": "gains"
    },
    "yingshe.applications.robots.locomotion.robots.Ant.make_fault": {
        "left": "gain"
    },
    "yingshe.applications.robots.locomotion.robots.Ant.reset": {
        "wide": "noise"
    },
    "yingshe.applications.robots.locomotion.robots.Ant.sample_fault": {
        "generator": "rng"
    },
    "yingshe.applications.robots.locomotion.robots.Ant.with_gains": {
        "strength": "gains"
    },
    "yingshe.applications.robots.locomotion.robots.HalfCheetah.make_fault": {
        "left": "gain"
    },
    "yingshe.applications.robots.locomotion.robots.HalfCheetah.reset": {
        "wide": "noise"
    },
    "yingshe.applications.robots.locomotion.robots.HalfCheetah.sample_fault": {
        "generator": "rng"
    },
    "yingshe.applications.robots.locomotion.robots.HalfCheetah.with_gains": {
        "strength": "gains"
    },
    "yingshe.applications.robots.locomotion.robots.LeggedRobot.make_fault": {
        "left": "gain"
    },
    "yingshe.applications.robots.locomotion.robots.LeggedRobot.reset": {
        "wide": "noise"
    },
    "yingshe.applications.robots.locomotion.robots.LeggedRobot.sample_fault": {
        "generator": "rng"
    },
    "yingshe.applications.robots.locomotion.robots.LeggedRobot.with_gains": {
        "strength": "gains"
    },
    "yingshe.applications.robots.locomotion.tasks.ActuatorFault": {
        "strength": "gains"
    },
    "yingshe.applications.robots.metaworld.augmentation.augment_task": {
        "acted": "actions",
        "seen": "observations"
    },
    "yingshe.applications.robots.metaworld.baselines.nearest_neighbors": {
        "neighbours": "neighbors"
    },
    "yingshe.applications.robots.metaworld.data.Demonstration": {
        "acted": "actions",
        "seen": "observations",
        "succeeded": "success"
    },
    "yingshe.applications.robots.metaworld.data.collect": {
        "classes": "task_names"
    },
    "yingshe.applications.robots.metaworld.data.load_demonstrations": {
        "classes": "task_names"
    },
    "yingshe.applications.robots.metaworld.envs.MetaWorldVectorEnv.rollout": {
        "act": "policy"
    },
    "yingshe.applications.robots.metaworld.synthetic_tasks.generate_synthetic_tasks": {
        "classes": "count"
    },
    "yingshe.applications.robots.metaworld.tasks.Demonstrations": {
        "imagined": "synthetic",
        "support": "num_support"
    },
    "yingshe.applications.robots.metaworld.tasks.LeaveOneOutDemonstrations": {
        "support": "num_support"
    },
    "yingshe.evaluation.relate": {
        "by": "metric",
        "count": "max_tasks"
    },
    "yingshe.learners.AttentiveProcess": {
        "channels": "embed_dim",
        "octaves": "num_frequencies",
        "output": "likelihood"
    },
    "yingshe.learners.CandidateRanker": {
        "alphabet": "vocab_size",
        "common": "num_context_columns",
        "output": "likelihood",
        "symbols": "num_categorical"
    },
    "yingshe.learners.DeepSetsLearner": {
        "features": "num_features",
        "others": "num_extra_outputs",
        "output": "likelihood"
    },
    "yingshe.learners.DeltaNet": {
        "highest_frequency": "max_frequency",
        "output": "likelihood",
        "waves": "num_frequencies"
    },
    "yingshe.learners.GRU": {
        "output": "likelihood"
    },
    "yingshe.learners.GradientDescent": {
        "inner_hidden": "hidden_sizes",
        "output": "likelihood",
        "step": "update"
    },
    "yingshe.learners.LSTM": {
        "output": "likelihood"
    },
    "yingshe.learners.MatchingNetwork": {
        "features": "num_features",
        "given": "precomputed_base_probs",
        "known": "num_base_classes",
        "none": "out_of_scope",
        "output": "likelihood"
    },
    "yingshe.learners.MatchingNetwork.with_temperature": {
        "none": "shift",
        "none_after": "shift_per_log_count"
    },
    "yingshe.learners.MesaNet": {
        "forgets": "use_decay",
        "highest_frequency": "max_frequency",
        "output": "likelihood",
        "waves": "num_frequencies"
    },
    "yingshe.learners.RLS": {
        "features": "num_features",
        "highest_frequency": "max_frequency",
        "output": "likelihood"
    },
    "yingshe.learners.StandardizedLearner": {
        "scaling": "standardizer"
    },
    "yingshe.learners.ValueIterationNetwork": {
        "output": "likelihood",
        "states": "num_states"
    },
    "yingshe.save": {
        "about": "metadata"
    },
    "yingshe.tasks.GaussianProcess": {
        "noise": "noise_std"
    },
    "yingshe.tasks.Linear": {
        "noise": "noise_std"
    },
    "yingshe.tasks.NonStationary": {
        "correlation": "autocorrelation",
        "how": "kind"
    },
    "yingshe.tasks.Polynomial": {
        "noise": "noise_std"
    },
    "yingshe.tasks.Sawtooth": {
        "noise": "noise_std"
    },
    "yingshe.tasks.Sinusoid": {
        "noise": "noise_std"
    },
    "yingshe.tasks.Sinusoid.meta_sgd": {
        "noise": "noise_std"
    },
    "yingshe.tasks.TaskSet.from_table": {
        "kind": "problem_type"
    },
    "yingshe.text.char_ngrams.hashed_ngrams": {
        "also": "alternate_spelling"
    },
    "yingshe.text.encoders.TextEncoder": {
        "views": "segments"
    },
    "yingshe.training.TrainConfig": {
        "clip": "max_grad_norm",
        "optimiser": "optimizer",
        "pairs": "examples_per_task",
        "report_every": "log_every",
        "schedule": "lr_schedule",
        "shots": "shot_range",
        "tasks": "tasks_per_step",
        "warmup": "warmup_steps"
    },
    "yingshe.training.meta_train": {
        "about": "metadata",
        "run": "run_dir"
    },
    "yingshe.zoo.save": {
        "about": "metadata"
    }
}
"""Arguments, by the full name of the function or class."""

METHODS: dict[str, dict[str, str]] = {
    "yingshe.Pairs": {
        "only": "masked"
    },
    "yingshe.applications.agents.gymnasium_envs.GymnasiumEnvDistribution": {
        "play": "rollout_batch"
    },
    "yingshe.applications.agents.model.Agent": {
        "begin_trial": "reset",
        "learn": "observe"
    },
    "yingshe.applications.agents.model.LearnerPolicy": {
        "begin": "init_state",
        "learn": "update"
    },
    "yingshe.applications.agents.ppo.LearnerFactory": {
        "of": "from_learner"
    },
    "yingshe.applications.agents.rollout.TrialKeys": {
        "of": "split"
    },
    "yingshe.applications.languages.g2p._grapheme_prior.GraphemePrior": {
        "chances": "phoneme_probs",
        "learn": "fit",
        "table_of": "smoothed_probs"
    },
    "yingshe.applications.languages.g2p._prior.G2PPrior": {
        "deviations": "prior_stds",
        "read": "adapt",
        "trust": "prior_scale"
    },
    "yingshe.applications.languages.intents.control.CommandDispatcher": {
        "certainty": "threshold",
        "intents": "classifier",
        "teach": "add_examples"
    },
    "yingshe.applications.languages.intents.control.CommandResult": {
        "understood": "prediction"
    },
    "yingshe.applications.languages.intents.model.IntentClassifier": {
        "ask": "predict",
        "load_learner": "from_pretrained",
        "teach": "observe_many"
    },
    "yingshe.applications.languages.intents.model.IntentPrediction": {
        "none": "out_of_scope_probability"
    },
    "yingshe.applications.languages.lemmatization._candidates.Candidate": {
        "met": "suffix_len",
        "weight": "score"
    },
    "yingshe.applications.languages.lemmatization.tasks.LemmatizationTasks": {
        "disguised": "permute_probability"
    },
    "yingshe.applications.robots.arm.control.ControlInput": {
        "acceleration": "command_acceleration",
        "wanted_a": "a_des",
        "wanted_q": "q_des",
        "wanted_v": "v_des"
    },
    "yingshe.applications.robots.arm.model.ArmModel": {
        "forget_load": "reset_payload",
        "from_features": "predict_from_regressor",
        "observe_features": "observe_regressor",
        "surprise": "nis"
    },
    "yingshe.applications.robots.arm.robot.Arm": {
        "end_effector": "end_effector_position",
        "features": "regressor",
        "limits": "torque_limits",
        "moving": "is_moving",
        "servoed": "position_controlled",
        "size": "num_joints"
    },
    "yingshe.applications.robots.arm.tasks.ArmTask": {
        "centre": "center_of_mass",
        "draw": "sample",
        "strength": "motor_gain"
    },
    "yingshe.applications.robots.arm.tracking.Tracking": {
        "recovery": "settling_time",
        "wanted": "reference"
    },
    "yingshe.applications.robots.grasp.simulation.Attempt": {
        "stopped": "collided"
    },
    "yingshe.applications.robots.grasp.tasks.GraspTask": {
        "draw": "sample",
        "draw_object": "sample_object",
        "finger": "finger_length",
        "off_centre": "com_offset",
        "offset": "camera_offset",
        "see": "observe",
        "turn": "yaw_offset"
    },
    "yingshe.applications.robots.grasp.tasks.Object": {
        "off_centre": "com_offset"
    },
    "yingshe.applications.robots.locomotion.episode.Episode": {
        "after": "return_after",
        "before": "return_before",
        "full": "mj_state",
        "strength": "estimated_gains",
        "strike": "fault_step"
    },
    "yingshe.applications.robots.locomotion.planner.CEMPlanner": {
        "begin": "init_plan",
        "candidates": "num_samples",
        "elite": "num_elites",
        "mix": "noise_filter",
        "rounds": "num_iterations",
        "walker": "robot"
    },
    "yingshe.applications.robots.locomotion.planner.LearnedDynamics": {
        "change": "delta",
        "strength": "gains"
    },
    "yingshe.applications.robots.locomotion.robots.Ant": {
        "advance": "integrate",
        "change": "delta",
        "damage": "make_fault",
        "draw": "sample_fault",
        "fallen": "fall_penalty",
        "full_state": "mj_state",
        "inputs": "state_names",
        "motors": "motor_names",
        "outputs": "delta_names",
        "pose": "local_state",
        "read": "encode_state",
        "size": "num_motors",
        "start": "reset",
        "state_size": "mj_state_size",
        "test": "test_faults",
        "train": "train_faults",
        "with_strength": "with_gains"
    },
    "yingshe.applications.robots.locomotion.robots.HalfCheetah": {
        "advance": "integrate",
        "change": "delta",
        "damage": "make_fault",
        "draw": "sample_fault",
        "fallen": "fall_penalty",
        "full_state": "mj_state",
        "inputs": "state_names",
        "motors": "motor_names",
        "outputs": "delta_names",
        "pose": "local_state",
        "read": "encode_state",
        "size": "num_motors",
        "start": "reset",
        "state_size": "mj_state_size",
        "test": "test_faults",
        "train": "train_faults",
        "with_strength": "with_gains"
    },
    "yingshe.applications.robots.locomotion.robots.LeggedRobot": {
        "advance": "integrate",
        "change": "delta",
        "damage": "make_fault",
        "draw": "sample_fault",
        "fallen": "fall_penalty",
        "full_state": "mj_state",
        "inputs": "state_names",
        "motors": "motor_names",
        "outputs": "delta_names",
        "pose": "local_state",
        "read": "encode_state",
        "size": "num_motors",
        "start": "reset",
        "state_size": "mj_state_size",
        "test": "test_faults",
        "train": "train_faults",
        "with_strength": "with_gains"
    },
    "yingshe.applications.robots.locomotion.tasks.ActuatorFault": {
        "strength": "gains"
    },
    "yingshe.applications.robots.metaworld.data.Demonstration": {
        "acted": "actions",
        "seen": "observations",
        "succeeded": "success"
    },
    "yingshe.applications.robots.metaworld.envs.MetaWorldVectorEnv": {
        "run": "rollout",
        "succeeded": "success"
    },
    "yingshe.applications.robots.metaworld.model.ImitationPolicy": {
        "read": "adapt"
    },
    "yingshe.applications.robots.metaworld.tasks.Demonstrations": {
        "acted": "actions",
        "classes": "task_names",
        "imagined": "num_synthetic",
        "seen": "observations",
        "shown": "demonstrable",
        "support": "num_support"
    },
    "yingshe.evaluation.Comparison": {
        "answers": "diagnoses",
        "entries": "results",
        "pairs": "examples_per_task",
        "tasks": "tasks_per_step"
    },
    "yingshe.evaluation.Diagnosis": {
        "findings": "evidence"
    },
    "yingshe.evaluation.Row": {
        "nats_below_oracle": "log_likelihood_gap",
        "times_oracle": "ratio_to_oracle"
    },
    "yingshe.evaluation.ShotCurve": {
        "error_name": "metric",
        "of": "select"
    },
    "yingshe.evaluation.TaskDistances": {
        "by": "metric",
        "new_position": "query_embedding",
        "positions": "embedding",
        "shown": "explained_variance_ratio",
        "to_new": "query_distances"
    },
    "yingshe.learners.AttentiveProcess": {
        "channels": "embed_dim",
        "octaves": "num_frequencies",
        "read": "observe_batch"
    },
    "yingshe.learners.CandidateRanker": {
        "alphabet": "vocab_size",
        "alternatives": "candidates",
        "common": "num_context_columns",
        "symbols": "num_categorical"
    },
    "yingshe.learners.DeepSetsLearner": {
        "alternatives": "num_items",
        "features": "num_features",
        "others": "num_extra_outputs"
    },
    "yingshe.learners.GradientDescent": {
        "inner_hidden": "hidden_sizes",
        "step": "update"
    },
    "yingshe.learners.Learner": {
        "output": "likelihood"
    },
    "yingshe.learners.MatchingNetwork": {
        "features": "num_features",
        "given": "precomputed_base_probs",
        "known": "num_base_classes",
        "none": "out_of_scope",
        "recognisers": "base_classifiers",
        "recognising": "with_base_classifiers",
        "resized": "with_num_classes",
        "tempered": "with_temperature"
    },
    "yingshe.learners.RLS": {
        "complexity": "neg_log_prior",
        "features": "num_features",
        "highest_frequency": "max_frequency"
    },
    "yingshe.learners.StandardizedLearner": {
        "read": "observe_batch",
        "scaling": "standardizer"
    },
    "yingshe.learners.ValueIterationNetwork": {
        "choices": "num_actions",
        "states": "num_states"
    },
    "yingshe.prediction.Prediction": {
        "rescale": "affine"
    },
    "yingshe.standardizer.Standardizer": {
        "of": "fit",
        "pairs_in": "transform",
        "prediction_out": "inverse_transform",
        "x_in": "transform_x",
        "y_in": "transform_y"
    },
    "yingshe.tasks.FunctionPrior": {
        "noise": "noise_std"
    },
    "yingshe.tasks.GPPrior": {
        "log_evidence": "log_marginal_likelihood"
    },
    "yingshe.tasks.Mixture": {
        "log_evidence": "log_marginal_likelihood"
    },
    "yingshe.tasks.NonStationary": {
        "correlation": "autocorrelation",
        "how": "kind"
    },
    "yingshe.tasks.Sawtooth": {
        "log_evidence": "log_marginal_likelihood"
    },
    "yingshe.tasks.TaskSet": {
        "from_tasks": "from_arrays",
        "longest": "max_task_size",
        "scaling": "standardizer",
        "views": "feature_groups"
    }
}
"""Methods and attributes, by the full name of the class."""

VALUES: dict[str, dict[str, dict[str, str]]] = {
    "yingshe.learners.AttentiveProcess": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        }
    },
    "yingshe.learners.DeepSetsLearner": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        }
    },
    "yingshe.learners.DeltaNet": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        }
    },
    "yingshe.learners.GRU": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        }
    },
    "yingshe.learners.GradientDescent": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        },
        "update": {
            "normalised": "nlms",
            "plain": "sgd"
        }
    },
    "yingshe.learners.LSTM": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        }
    },
    "yingshe.learners.MesaNet": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        }
    },
    "yingshe.learners.RLS": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        }
    },
    "yingshe.learners.ValueIterationNetwork": {
        "likelihood": {
            "mixture": "gaussian_mixture",
            "squared_error": "point"
        }
    }
}
"""Values of arguments, by function or class and the present name of the argument."""

