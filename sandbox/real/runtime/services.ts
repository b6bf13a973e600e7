const description = 'The container runtime';

/** The service as OpenRC has it. Containers live on when it stops: their own processes hold them. */
export function openrcService(command: string[]): string {
  const [program = '', ...args] = command;
  return `#!/sbin/openrc-run
description="${description}"
supervisor=supervise-daemon
command=${program}
command_args="${args.join(' ')}"
respawn_delay=2
respawn_max=0
output_log=/var/log/crio.log
error_log=/var/log/crio.log

depend() {
  need net cgroups
  before kubelet
}
`;
}

/** The same for systemd. */
export function systemdUnit(command: string[]): string {
  return `[Unit]
Description=${description}
Wants=network-online.target
After=network-online.target
Before=kubelet.service

[Service]
ExecStart=${command.join(' ')}
Restart=always
RestartSec=2
# Containers live on when it stops.
KillMode=process
Delegate=yes
LimitNOFILE=1048576
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`;
}
