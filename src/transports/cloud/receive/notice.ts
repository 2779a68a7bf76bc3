// Turns notices about the business into events: templates, phone numbers, the account itself, flows.
import type {
  BusinessData,
  FlowData,
  Notice,
  PhoneNameData,
  PhoneQualityData,
  TemplateChangeData,
  TemplateStatusData,
} from '../../../model/notice-data.ts'
import { asText, isObject, type Wire } from '../wire.ts'
import { addFact, type Change } from './change.ts'

/** One field of Meta's: the event's type and what its `data` says beyond every notice. */
interface Reading {
  readonly type: string
  read(value: Wire, field: string, notice: Notice): Notice
}

const businessAccount: Reading = {
  type: 'business.account',
  read: (value, field, notice): BusinessData => {
    const alert = value.alert_info
    const event = asText(value.event) ?? asText(value.decision) ?? (isObject(alert) ? asText(alert.alert_type) : null)
    return { ...notice, field, event: event ?? asText(value.alert_type) }
  },
}

const READINGS: ReadonlyMap<string, Reading> = new Map([
  [
    'message_template_status_update',
    {
      type: 'template.status',
      read: (value, _field, notice): TemplateStatusData => ({
        ...templateOf(value),
        status: asText(value.event),
        reason: asText(value.reason),
        ...notice,
      }),
    },
  ],
  [
    'message_template_quality_update',
    templateChange('template.quality', 'previous_quality_score', 'new_quality_score'),
  ],
  ['template_category_update', templateChange('template.category', 'previous_category', 'new_category')],
  [
    'phone_number_quality_update',
    {
      type: 'phone_number.quality',
      read: (value, _field, notice): PhoneQualityData => ({
        phone_number: phoneOf(value),
        event: asText(value.event),
        limit: asText(value.max_daily_conversations_per_business) ?? asText(value.current_limit),
        previous_limit: asText(value.old_limit),
        ...notice,
      }),
    },
  ],
  [
    'phone_number_name_update',
    {
      type: 'phone_number.name',
      read: (value, _field, notice): PhoneNameData => ({
        phone_number: phoneOf(value),
        name: asText(value.requested_verified_name),
        decision: asText(value.decision),
        reason: asText(value.rejection_reason),
        ...notice,
      }),
    },
  ],
  ['account_update', businessAccount],
  ['account_alerts', businessAccount],
  ['account_review_update', businessAccount],
  ['business_capability_update', businessAccount],
  [
    'flows',
    {
      type: 'flow.status',
      read: (value, _field, notice): FlowData => ({
        flow_id: asText(value.flow_id),
        event: asText(value.event),
        status: asText(value.new_status),
        previous: asText(value.old_status),
        message: asText(value.message),
        ...notice,
      }),
    },
  ],
])

/** Adds the event of a notice; false when the field is none, or its value no object. */
export function addNotice(change: Change): boolean {
  const reading = READINGS.get(change.field)
  const { value } = change
  if (!reading || !isObject(value)) return false
  const notice: Notice = {
    waba_id: change.entryId,
    timestamp: change.at === 0 ? null : new Date(change.at).toISOString(),
    value,
  }
  return addFact(change, { type: reading.type, data: reading.read(value, change.field, notice), item: value })
}

function templateChange(type: string, previous: string, current: string): Reading {
  return {
    type,
    read: (value, _field, notice): TemplateChangeData => ({
      ...templateOf(value),
      previous: asText(value[previous]),
      current: asText(value[current]),
      ...notice,
    }),
  }
}

/** Template ids come as JSON numbers; as text they survive every receiver. */
function templateOf(value: Wire): Pick<TemplateStatusData, 'template_id' | 'template_name' | 'template_language'> {
  return {
    template_id: asText(value.message_template_id),
    template_name: asText(value.message_template_name),
    template_language: asText(value.message_template_language),
  }
}

function phoneOf(value: Wire): string | null {
  const digits = (asText(value.display_phone_number) ?? '').replaceAll(/\D/g, '')
  return digits === '' ? null : `+${digits}`
}
