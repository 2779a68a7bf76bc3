// Asks Graph in the name of one account.
import type { CloudSettings } from '../../model/account.ts'
import type { GraphReply } from './graph/answer.ts'
import type { Caller, Graph } from './graph/graph.ts'

export interface Asking {
  readonly cloud: CloudSettings
  get(path: string, query: Readonly<Record<string, string>>): Promise<GraphReply>
  /** Without a body. */
  post(path: string): Promise<GraphReply>
}

export function askingOf(graph: Graph, cloud: CloudSettings): Asking {
  return {
    cloud,
    get: (path, query) => graph.call(callerOf(cloud), { method: 'GET', path, query }),
    post: (path) => graph.call(callerOf(cloud), { method: 'POST', path }),
  }
}

/** As whom an account calls. */
export function callerOf(cloud: CloudSettings): Caller {
  return { apiVersion: cloud.apiVersion, accessToken: cloud.accessToken, appSecret: cloud.appSecret }
}
