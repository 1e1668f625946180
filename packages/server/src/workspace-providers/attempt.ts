/** The audit log's view of an attempt on a provider; the name is filled in when it is locked. */
export function attemptTo(
  action: 'create' | 'write' | 'delete' | 'connect' | 'cordon' | 'uncordon',
  id: string,
  target = '',
) {
  return { action, resourceType: 'resource_pool' as const, resourceId: id, target }
}
