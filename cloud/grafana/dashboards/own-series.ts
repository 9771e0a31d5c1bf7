/** What tells how a gateway fares, by panel; quantities of devices/models/gateway.yaml. */
export const GATEWAY_PANELS: readonly { title: string; unit: string; quantities: readonly string[] }[][] = [
  [
    { title: 'Age of the oldest waiting record', unit: 's', quantities: ['outbox_age'] },
    { title: 'Records waiting for the cloud', unit: 'short', quantities: ['outbox_records'] },
    { title: 'Outbox filled', unit: 'percent', quantities: ['outbox_fill'] },
  ],
  [
    { title: 'Free disk space', unit: 'decmbytes', quantities: ['disk_free'] },
    {
      title: 'Commits refused by the disk, databases set aside',
      unit: 'short',
      quantities: ['commits_failed', 'set_aside'],
    },
    {
      title: 'Sources down, identity conflicts',
      unit: 'short',
      quantities: ['sources_down', 'instance_conflict'],
    },
  ],
  [
    { title: 'Reconnections', unit: 'short', quantities: ['link_reconnects'] },
    { title: 'Messages refused or too fast', unit: 'short', quantities: ['rejected', 'flooded'] },
    { title: 'Records dropped or thinned out', unit: 'short', quantities: ['dropped', 'thinned'] },
  ],
  [
    {
      title: "This month's bytes",
      unit: 'decbytes',
      quantities: ['link_bytes_alarms', 'link_bytes_live', 'link_bytes_backlog'],
    },
    { title: "Share of the month's bytes used", unit: 'percent', quantities: ['link_budget'] },
    { title: "Machine's clock ahead of the time", unit: 's', quantities: ['clock_ahead'] },
  ],
]

/** The device whose series tell how the cloud fares. */
export const CLOUD = 'picket-cloud'

/** Of devices/models/cloud.yaml. */
export const CLOUD_PANELS: readonly { title: string; quantity: string }[] = [
  { title: 'Notifications that could not be delivered', quantity: 'notifications_overdue' },
  { title: 'Rules that failed', quantity: 'rules_stopped' },
  { title: 'Alarm steps on which gateway and cloud differ', quantity: 'guard_differences' },
]
