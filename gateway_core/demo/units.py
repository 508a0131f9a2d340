"""The systemd user unit that `gateway install` of these products writes."""

from collections.abc import Mapping

from gateway_core.demo.profiles import DemoProfile


def unit_text(profile: DemoProfile, environment: Mapping[str, str]) -> str:
    """As openclaw 2026.2.6 wrote it: some lines quoted, some not, the token in clear."""
    installation = profile.installation
    distribution, prefix = installation.distribution, installation.distribution.environment_prefix
    unit = distribution.services.systemd_unit.format(suffix=installation.suffix, profile=installation.profile)
    return f"""\
[Unit]
Description={distribution.title} Gateway (profile: {installation.profile}, v{installation.version})
After=network-online.target
Wants=network-online.target

[Service]
ExecStart="{profile.command}" gateway --port {profile.port}
Restart=always
RestartSec=5
RestartPreventExitStatus=78
KillMode=process
Environment=HOME={environment["HOME"]}
Environment="PATH={environment["PATH"]}"
Environment="TMPDIR={environment["TMPDIR"]}"
Environment="{prefix}PROFILE={installation.profile}"
Environment="{prefix}STATE_DIR={installation.state_dir}"
Environment="{prefix}CONFIG_PATH={installation.config_path}"
Environment={prefix}GATEWAY_PORT={profile.port}
Environment={prefix}GATEWAY_TOKEN=CANARY-of-a-demo-unit
Environment="{prefix}SYSTEMD_UNIT={unit}"
Environment={prefix}SERVICE_MARKER={distribution.services.marker}
Environment={prefix}SERVICE_KIND=gateway
Environment={prefix}SERVICE_VERSION={installation.version}

[Install]
WantedBy=default.target
"""
