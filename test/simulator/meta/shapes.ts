// What the tests expect to find in callbacks and answers. Claims, not checks: a test that reaches for what is not there fails.

/** A list whose first places are taken to be filled. */
export type List<T> = [T, T, T, ...T[]]

/** A message or a status, as callbacks carry them. */
export type Item = {
  id: string
  timestamp: string
  type?: string
  status?: string
  from?: string
  from_user_id?: string
  recipient_id?: string
  recipient_user_id?: string
  biz_opaque_callback_data?: string
  text: { body: string }
  pricing?: unknown
  errors: List<{ code: number; title: string; href: string; error_data: { details: string } }>
}

export type Value = {
  metadata: { phone_number_id: string }
  contacts: List<{ profile: { name: string } }>
  messages: List<Item>
  statuses: List<Item>
}

export type Entry = { id: string; time?: number; changes: List<{ field: string; value: Value }> }

/** The body of a callback. */
export type Payload = { object: string; entry: List<Entry> }

/** An answer of Graph: of all that it can hold, what the tests look at. */
export type GraphBody = {
  error: {
    message: string
    type: string
    code: number
    error_subcode?: number
    error_data: { messaging_product: string; details: string }
    is_transient?: boolean
    fbtrace_id: string
  }
  data: List<{
    id: string
    message_template_namespace?: string
    override_callback_uri?: string
    whatsapp_business_api_data: { id: string }
  }>
  paging: { cursors: { before: string; after: string }; next?: string; previous?: string }
  contacts: unknown
  messages: List<{ id: string }>
  success?: boolean
  id: string
  verified_name?: string
  status?: string
  currency?: string
  quality_rating?: string
  owner_business_info?: unknown
  health_status: { can_send_message: string; entities: { entity_type: string; id: string }[] }
  webhook_configuration: { whatsapp_business_account?: string }
}

/** The data of /debug_token. */
export type TokenData = {
  app_id: string
  is_valid: boolean
  expires_at: number
  error: { code: number; subcode?: number }
  granular_scopes: { scope: string; target_ids?: string[] }[]
}
